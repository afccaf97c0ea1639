// Cutting the body of a bulk request into items, however the network divides it.
#include "api/bulk_body.hpp"

#include <gtest/gtest.h>

#include "api/message_fields.hpp"

namespace orchestrator::api {
namespace {

constexpr std::string_view kLinesType = "application/x-ndjson";
constexpr std::size_t kBulkMebibyte = std::size_t{1024} * 1024;

using BulkItems = std::vector<std::string>;

// The items, or the code of the refusal.
BulkItems bulk_items_of(BulkBody& body) {
  if (const auto rejection = body.end()) return {rejection->code};
  BulkItems items;
  while (const auto item = body.next_item()) items.emplace_back(*item);
  EXPECT_EQ(items.size(), body.item_count());
  return items;
}

BulkItems bulk_items_of_pieces(const std::vector<std::string_view>& pieces, std::string_view content_type) {
  BulkBody body(content_type);
  for (const std::string_view piece : pieces) body.append(piece);
  return bulk_items_of(body);
}

struct BulkCase {
  const char* name;
  std::string body;
  BulkItems expected;
  std::string_view content_type = {};
};

const std::vector<BulkCase> kBulkCases = {
    {"an array", R"([{"a":1},{"b":2}])", {R"({"a":1})", R"({"b":2})"}},
    {"white space", "\r\n\t [ 1 ,\n 2\t] \r\n", {"1", "2"}},
    {"nested", R"([{"a":[1,{"b":[]}],"c":"x"},[[2,3],[]]])", {R"({"a":[1,{"b":[]}],"c":"x"})", "[[2,3],[]]"}},
    {"brackets in strings", R"(["}],[{",{"],":"[,"}])", {R"("}],[{")", R"({"],":"[,"})"}},
    {"escapes", R"(["\"],[\\",["\\\"]"],"\u005d\\"])", {R"("\"],[\\")", R"(["\\\"]"])", R"("\u005d\\")"}},
    {"malformed items", "[{bad},tru e,{],x]", {"{bad}", "tru e", "{]", "x"}},
    {"white space in items", "[{ \"a\" :\n\" \" } , \"\t \"]", {"{ \"a\" :\n\" \" }", "\"\t \""}},
    {"no items", " [ \n ] ", {"no_items"}},
    {"nothing", "", {"invalid_json"}},
    {"only white space", " \n", {"invalid_json"}},
    {"a byte order mark", "\xEF\xBB\xBF[1]", {"invalid_json"}},
    {"a text", R"("x")", {"invalid_json"}},
    {"a closing bracket", "]", {"invalid_json"}},
    {"only a bracket", "[", {"invalid_json"}},
    {"not closed", "[1", {"invalid_json"}},
    {"comma at the end", "[1,", {"invalid_json"}},
    {"not closed inside", R"([{"a":[1])", {"invalid_json"}},
    {"not closed in a string", R"([1,"a],2])", {"invalid_json"}},
    {"escaped quote at the end", R"(["a\"])", {"invalid_json"}},
    {"closed by a brace", "[1}", {"invalid_json"}},
    {"closed by a brace inside", "[{]}]", {"invalid_json"}},
    {"closed twice", "[1]]", {"invalid_json"}},
    {"trailing bytes", "[1] x", {"invalid_json"}},
    {"two arrays", "[1][2]", {"invalid_json"}},
    {"comma before the end", "[1,]", {"invalid_json"}},
    {"comma twice", "[1,,2]", {"invalid_json"}},
    {"comma only", "[,]", {"invalid_json"}},
    {"lines", "\r\n {\"a\":1} \r\n \t\n{\"b\" : 2}", {R"({"a":1})", R"({"b" : 2})"}},
    {"lines by their type", "[1]\n]\n\"a", {"[1]", "]", "\"a"}, kLinesType},
    {"no lines", " \n\r\n", {"no_items"}, kLinesType},
    {"nothing as lines", "", {"no_items"}, "Application/X-NDJSON; charset=utf-8"},
};

TEST(BulkBody, GivesTheSameItemsWhereverTheBodyIsCut) {
  for (const auto& [name, text, expected, content_type] : kBulkCases) {
    SCOPED_TRACE(name);
    const std::string_view body = text;
    EXPECT_EQ(bulk_items_of_pieces({body}, content_type), expected);
    std::vector<std::string_view> bytes;
    for (std::size_t i = 0; i < body.size(); ++i) {
      EXPECT_EQ(bulk_items_of_pieces({body.substr(0, i), {}, body.substr(i)}, content_type), expected) << i;
      bytes.push_back(body.substr(i, 1));
    }
    EXPECT_EQ(bulk_items_of_pieces(bytes, content_type), expected);
  }
}

TEST(BulkBody, HasAtMostTenThousandItems) {
  std::string list = "[0";
  for (std::size_t i = 1; i < kMaxBulkItems; ++i) list += ",0";
  EXPECT_EQ(bulk_items_of_pieces({list, "]"}, {}), BulkItems(kMaxBulkItems, "0"));
  EXPECT_EQ(bulk_items_of_pieces({list, ",0]"}, {}), BulkItems{"too_many_items"});

  BulkBody body({});
  body.append(list);
  EXPECT_GE(body.kept_bytes(), kMaxBulkItems);
  body.append(",0,");
  EXPECT_EQ(body.kept_bytes(), 0u);
  body.append(list);  // ignored
  EXPECT_EQ(body.kept_bytes(), 0u);
  EXPECT_EQ(bulk_items_of(body), BulkItems{"too_many_items"});
}

TEST(BulkBody, FreesItemsThatAreRead) {
  const std::string item(10'000, '7');
  BulkBody body({});
  body.append("[" + item);
  for (int i = 1; i < 1'000; ++i) body.append("," + item);
  body.append("]");
  ASSERT_FALSE(body.end());
  EXPECT_EQ(body.kept_bytes(), 1'000 * item.size());
  std::size_t read = 0;
  while (const auto next = body.next_item()) {
    EXPECT_EQ(*next, item);
    ++read;
    EXPECT_LE(body.kept_bytes(), (1'000 - read) * item.size() + kBulkMebibyte);
  }
  EXPECT_EQ(read, 1'000u);
  EXPECT_EQ(body.kept_bytes(), 0u);
}

TEST(BulkBody, KeepsOneByteMoreThanAMessageMayHave) {
  const std::string largest(kMaxMessageBytes, '7');
  const std::string too_large = largest + "7";
  const std::string blanks(2 * kBulkMebibyte, ' ');
  for (const std::string_view content_type : {std::string_view{}, kLinesType}) {
    const bool is_list = content_type.empty();
    const std::string separator = is_list ? "," : "\n";
    BulkBody body(content_type);
    if (is_list) body.append("[");
    for (const std::string& item : {largest, blanks + largest + blanks, too_large, "1" + blanks + "2",
                                    std::string(10 * kBulkMebibyte, '7')}) {
      body.append(item);
      body.append(separator);
    }
    body.append(is_list ? "0]" : "0");
    EXPECT_LE(body.kept_bytes(), 5 * kMaxMessageBytes + 10);
    const BulkItems items = bulk_items_of(body);
    ASSERT_EQ(items.size(), 6u);
    EXPECT_EQ(items[0], largest);
    EXPECT_EQ(items[1], largest);
    EXPECT_EQ(items[2], too_large);
    EXPECT_EQ(items[3].size(), kMaxMessageBytes + 1);
    EXPECT_EQ(items[4], too_large);
    EXPECT_EQ(items[5], "0");
  }
}

}  // namespace
}  // namespace orchestrator::api
