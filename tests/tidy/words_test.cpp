// The vocabulary: words and names that the tree does not use. One thing has one name, the field's; prose
// names the actor. A line that quotes such a word as an example has no place in the tree either.

#include <gtest/gtest.h>

#include <regex>

#include "tidy/source_tree.hpp"

namespace orchestrator::tidy {
namespace {

LinePredicate contains(const std::string& pattern, std::regex::flag_type flags = std::regex::ECMAScript) {
  return [expression = std::regex(pattern, flags | std::regex::optimize)](const std::string& line) {
    return std::regex_search(line, expression);
  };
}

bool is_examined(const SourceFile& file) {
  // The embedded PostgreSQL may run as the system user "nobody".
  return !file.is_below("tests/tidy") && !file.path.starts_with("src/embedded/data_directory") &&
         file.path != "tests/storage/schema.sql";
}

void expect_none(const LinePredicate& is_wrong, const std::string& why) {
  for (const std::string& finding : lines_where(readable_files(), is_examined, is_wrong, why)) {
    ADD_FAILURE() << finding;
  }
}

TEST(Words, ProseNamesTheActor) {
  expect_none(contains(R"(\b(whoever|whomever|somebody|nobody|anybody)\b)", std::regex::icase),
              "name the actor: the caller, the pass, another transaction, the instance");
}

TEST(Words, ProseIsPlain) {
  expect_none(
      contains(R"(\b((is|was|are|were|be) had\b|what is no |of (ours|theirs)\b|(made|looked at) anew\b|)"
               R"(of another make\b|gives? way\b|crossed the line\b|had been had\b))",
               std::regex::icase),
      "say it plainly");
}

// Left: the names of the first edition. Right, in the failure's text: the field's term.
TEST(Words, StandardTermsReplaceMetaphors) {
  const std::pair<const char*, const char*> kTerms[] = {
      {"[Ll]obby", "connection poller"},
      {"[Tt]urnstile", "concurrency limiter"},
      {"[Rr]ehears(e|al|ed)", "self-test"},
      {"Happening", "event row"},
      {"WaitingLine|UserLine|ContactLine|LineOfUser|line_of", "user queue, snapshot, backlog"},
      {"kStayHumble|kDoNotWaitLong|kTakeTurn|kGoFirst|kLastWords|kPeopleConnections",
       "a name that says the object"},
      {"with_patience|set_by", "retry_until_available, sync_clock"},
      {"(brought|fetched) turns?", "pushed and pulled turns"},
  };
  for (const auto& [old_name, term] : kTerms) {
    expect_none(contains(std::string("\\b(") + old_name + ")\\b"), std::string("a metaphor; say: ") + term);
  }
}

// Each statement says what it does before the SQL begins.
TEST(Words, EveryStatementBeginsWithItsPurpose) {
  std::size_t statements = 0;
  for (const SourceFile& file : readable_files()) {
    if (!file.is_below("src/storage/sql")) continue;
    ++statements;
    EXPECT_TRUE(!file.lines.empty() && file.lines.front().starts_with("-- "))
        << at(file, 1, "no first comment");
  }
  EXPECT_GT(statements, 100u);
}

// What src/text offers is written once.
TEST(Words, TextFunctionsAreWrittenOnce) {
  const auto outside_text = [](const SourceFile& file) {
    return (file.is_below("src") || file.is_below("include")) && file.room() != "text";
  };
  const char* definition =
      R"re(^\s*(inline |constexpr |static )*(std::string|std::string_view|bool|char|std::size_t)&? )re"
      R"re((trim(med)?|to_?lower|lower_case|is_utf8|is_digit|percent_(en|de)coded?|to_hex|sha256\w*)\()re";
  for (const std::string& finding :
       lines_where(source_files(), outside_text, contains(definition), "src/text has this function")) {
    ADD_FAILURE() << finding;
  }
}

}  // namespace
}  // namespace orchestrator::tidy
