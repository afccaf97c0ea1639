// The house keeps itself tidy: what the tree promises about its arrows, its sizes and its words.

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <regex>
#include <set>

#include "tidy/source_tree.hpp"

namespace orchestrator::tidy {
namespace {

using Rooms = std::set<std::string>;

// Which other rooms each room may include. Everybody may include include/. The top of src/ composes the
// program from all of them.
const std::map<std::string, Rooms> kArrows = [] {
  const Rooms foundation = {"policy", "storage", "net", "text", "metrics", "logging"};
  Rooms subjects = foundation;
  subjects.insert({"ingest", "delivery", "rendering", "processor", "inbound", "events"});
  Rooms below_api = subjects;
  below_api.insert({"providers", "server"});
  Rooms all = below_api;
  all.insert({"api", "config", "embedded"});
  return std::map<std::string, Rooms>{
      {"vocabulary", {"text"}},
      {"text", {}},
      {"policy", {"text"}},
      {"logging", {}},
      {"embedded", {}},
      {"metrics", {}},
      {"config", {"policy", "text"}},
      {"storage", {"logging", "text"}},
      {"net", {"logging", "text"}},
      {"server", {"logging", "text"}},
      {"ingest", foundation},
      {"delivery", foundation},
      {"rendering", foundation},
      {"processor", foundation},
      {"inbound", foundation},
      {"events", foundation},
      {"providers", {"inbound", "net", "text", "logging"}},
      {"api", below_api},
      {"app", all},
  };
}();

// Which rooms may name a library; "" is the top of src/.
const std::map<std::string, Rooms> kLibraryRooms = {
    {"pqxx", {"storage"}},    {"libpq-fe.h", {"storage", "embedded"}},
    {"date", {"policy"}},     {"httplib.h", {}},
    {"spdlog", {"logging"}},  {"prometheus", {"metrics"}},
    {"CLI", {"app"}},         {"curl", {"net"}},
    {"utf8proc.h", {"text"}},
};

void expect_none(const std::vector<std::string>& findings) {
  for (const std::string& finding : findings) ADD_FAILURE() << finding;
}

LinePredicate matches(const char* pattern) {
  return [expression = std::regex(pattern)](const std::string& line) {
    return std::regex_search(line, expression);
  };
}

bool is_program(const SourceFile& file) { return file.is_below("src") || file.is_below("include"); }

std::string first_part(const std::string& target) { return target.substr(0, target.find('/')); }

bool is_standard(const Include& include) {
  return !include.is_quoted && include.target.find_first_of("./") == std::string::npos;
}

TEST(Tidy, ThereIsATree) { EXPECT_GT(source_files().size(), 10u) << SOURCE_DIR; }

TEST(Tidy, RoomsIncludeOnlyWhatLiesBelowThem) {
  for (const SourceFile& file : source_files()) {
    const std::string room = file.room();
    if (room.empty()) continue;
    const auto arrows = kArrows.find(room);
    if (arrows == kArrows.end()) {
      ADD_FAILURE() << at(file, 1, "src/" + room + " has no place in the order of the rooms");
      continue;
    }
    for (const Include& include : includes_of(file)) {
      const std::string other = first_part(include.target);
      if (!include.is_quoted || other == "orchestrator" || other == room) continue;
      EXPECT_TRUE(arrows->second.contains(other))
          << at(file, include.line, room + " must not include " + other);
    }
  }
}

TEST(Tidy, TheVocabularyNeedsOnlyTheStandardLibrary) {
  for (const SourceFile& file : source_files()) {
    if (!file.is_below("include")) continue;
    for (const Include& include : includes_of(file)) {
      EXPECT_TRUE(is_standard(include) || first_part(include.target) == "orchestrator")
          << at(file, include.line, "include/ must not include " + include.target);
    }
  }
}

TEST(Tidy, ThePolicyNeedsOnlyTheStandardLibraryAndTheCalendar) {
  for (const SourceFile& file : source_files()) {
    if (file.room() != "policy") continue;
    for (const Include& include : includes_of(file)) {
      EXPECT_TRUE(include.is_quoted || is_standard(include) || first_part(include.target) == "date")
          << at(file, include.line, "policy must not include " + include.target);
    }
  }
}

TEST(Tidy, LibrariesStayInTheirRooms) {
  for (const SourceFile& file : source_files()) {
    if (!is_program(file)) continue;
    for (const Include& include : includes_of(file)) {
      const auto library = kLibraryRooms.find(first_part(include.target));
      if (include.is_quoted || library == kLibraryRooms.end()) continue;
      EXPECT_TRUE(library->second.contains(file.room()))
          << at(file, include.line, include.target + " is not for this room");
    }
  }
}

TEST(Tidy, SqlStaysInStorage) {
  const char* statement = R"re("\s*(SELECT\s|INSERT INTO\s|UPDATE \w+ SET|DELETE FROM\s|WITH \w+ AS|)re"
                          R"re((CREATE|ALTER|DROP) (TABLE|INDEX|ROLE|DATABASE|TYPE)|SET LOCAL|TRUNCATE\s))re";
  // What is said to a new cluster before storage has a database to speak to.
  const auto examined = [](const SourceFile& file) {
    return is_program(file) && file.room() != "storage" && file.path != "src/embedded/bootstrap.cpp";
  };
  expect_none(lines_where(examined, matches(statement), "SQL outside src/storage/"));
}

TEST(Tidy, TheWallClockIsReadInOneFile) {
  std::set<std::string> readers;
  for (const std::string& finding : lines_where(
           is_program, matches(R"(system_clock::now|\btime\((nullptr|NULL|0)\)|\bgettimeofday\b)"), "")) {
    readers.insert(finding.substr(0, finding.find(':')));
  }
  EXPECT_LE(readers.size(), 1u) << testing::PrintToString(readers);
}

TEST(Tidy, FilesFitTheMind) {
  for (const SourceFile& file : source_files()) {
    const std::size_t most = file.is_header() ? 150 : 400;
    EXPECT_LE(file.lines.size(), most) << at(file, file.lines.size(), "too long");
  }
}

// A function is what begins at the left margin with an opening brace and ends there with a closing one.
TEST(Tidy, FunctionsFitAScreen) {
  constexpr std::size_t most = 60;
  const LinePredicate opens = matches(R"(^[A-Za-z~].*\{$)");
  const LinePredicate is_type = matches(R"(^(namespace|class|struct|enum|union)\b|=\s*\{$)");
  for (const SourceFile& file : source_files()) {
    if (!is_program(file)) continue;
    std::size_t start = 0;
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      const std::string& line = file.lines[i];
      if (opens(line)) start = is_type(line) ? 0 : i + 1;
      if (line != "}" || start == 0) continue;
      EXPECT_LE(i + 2 - start, most) << at(file, start, "a function longer than a screen");
      start = 0;
    }
  }
}

TEST(Tidy, NamesAreThoseOfTheField) {
  const char* vague = R"((class|struct|enum|using)\s+(class\s+)?\w*(Manager|Helper|Handler|Util|Common))";
  const auto any = [](const SourceFile& file) { return !file.is_below("tests/tidy"); };
  expect_none(lines_where(any, matches(vague), "a name that says nothing"));
  const std::regex vague_file("(manager|helper|handler|util|common)", std::regex::icase);
  for (const SourceFile& file : source_files()) {
    EXPECT_FALSE(std::regex_search(file.name(), vague_file)) << at(file, 1, "a file name that says nothing");
  }
}

TEST(Tidy, NothingIsLeftForLater) {
  const auto any = [](const SourceFile& file) { return !file.is_below("tests/tidy"); };
  expect_none(lines_where(any, matches(R"(\b(TODO|FIXME|XXX)\b)"), "work left for later"));
}

TEST(Tidy, TwoCalendarsAreNeverMixed) {
  const LinePredicate date = matches(R"(using namespace date\b)");
  const LinePredicate chrono = matches(R"(using namespace std::chrono;)");
  for (const SourceFile& file : source_files()) {
    if (file.is_below("tests/tidy") || std::ranges::none_of(file.lines, date)) continue;
    EXPECT_TRUE(std::ranges::none_of(file.lines, chrono))
        << at(file, 1, "using namespace of date and of chrono");
  }
}

TEST(Tidy, TestsDoNotSleep) {
  const auto examined = [](const SourceFile& file) {
    return file.is_below("tests") && !file.is_below("tests/tidy") &&
           file.path != "tests/support/eventually.cpp";
  };
  expect_none(lines_where(examined, matches(R"(\b(sleep_for|sleep_until|usleep|sleep)\s*\()"),
                          "a test that sleeps: poll with eventually() or wait for a signal"));
}

}  // namespace
}  // namespace orchestrator::tidy
