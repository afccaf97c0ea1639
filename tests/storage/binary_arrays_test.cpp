// Binary arrays arrive at the server as the values that were written.
#include "storage/binary_arrays.hpp"

#include <gtest/gtest.h>

#include "orchestrator/uuid_v7.hpp"
#include "storage/fields.hpp"
#include "support/database.hpp"
#include "support/sql.hpp"
#include "support/world.hpp"

namespace orchestrator::storage {
namespace {

using Type = BinaryArray::Type;
using Texts = std::vector<std::string>;

class BinaryArrays : public ::testing::Test {
 protected:
  // The values as the server prints them; "-" for NULL.
  Texts sent_as(const std::string& type, BinaryArray& array) {
    pqxx::work session(sql.connection());
    session.exec("SET LOCAL TimeZone = 'UTC'");
    Texts values;
    for (const auto& row : session.exec_params(
             "SELECT coalesce(value::text, '-') FROM unnest($1::" + type + "[]) AS value", array.take())) {
      values.push_back(row[0].as<std::string>());
    }
    return values;
  }

  support::TestDatabase database;
  support::Sql sql{database.url()};
};

TEST_F(BinaryArrays, KeepTheirValues) {
  BinaryArray booleans{Type::boolean};
  for (const bool value : {true, false}) booleans.boolean(value);
  EXPECT_EQ(sent_as("boolean", booleans), (Texts{"true", "false"}));
  BinaryArray smallints{Type::smallint};
  for (const int value : {0, 255, -1, 32767}) smallints.smallint(value);
  EXPECT_EQ(sent_as("smallint", smallints), (Texts{"0", "255", "-1", "32767"}));
  BinaryArray integers{Type::integer};
  for (const int value : {0, 1'000'000'000, -2}) integers.integer(value);
  EXPECT_EQ(sent_as("integer", integers), (Texts{"0", "1000000000", "-2"}));
  BinaryArray texts{Type::text};
  for (const std::string value : {"", "NULL", R"(a "quoted" \ {text},)", "ünï😀"}) texts.text(value);
  texts.optional_text(std::nullopt);
  EXPECT_EQ(sent_as("text", texts), (Texts{"", "NULL", R"(a "quoted" \ {text},)", "ünï😀", "-"}));
}

TEST_F(BinaryArrays, KeepInstantsAndDates) {
  BinaryArray instants{Type::timestamptz};
  for (const std::string at : {"1970-01-01T00:00:00Z", "1999-12-31T23:59:59.999999Z",
                               "2026-11-20T12:00:00.000001Z", "9999-12-31T23:59:59.999999Z"}) {
    instants.instant(support::at(at));
  }
  instants.instant(std::nullopt);
  EXPECT_EQ(sent_as("timestamptz", instants),
            (Texts{"1970-01-01 00:00:00+00", "1999-12-31 23:59:59.999999+00", "2026-11-20 12:00:00.000001+00",
                   "9999-12-31 23:59:59.999999+00", "-"}));
  BinaryArray dates{Type::date};
  for (const int days : {0, 10957, 20000}) dates.date(LocalDate{std::chrono::days{days}});
  dates.date(std::nullopt);
  EXPECT_EQ(sent_as("date", dates), (Texts{"1970-01-01", "2000-01-01", "2024-10-04", "-"}));
}

TEST_F(BinaryArrays, KeepIdsAndRefuseOtherTexts) {
  const std::string id = "019a0000-00ff-7abc-8def-0123456789ab";
  BinaryArray ids{Type::uuid};
  ids.uuid(id);
  ids.uuid("019A0000-00FF-7ABC-8DEF-0123456789AB");
  ids.null();
  EXPECT_EQ(sent_as("uuid", ids), (Texts{id, id, "-"}));
  for (const std::string text : {"", "not a uuid", "sixteen letters."}) {
    ids.uuid(text);
    try {
      sent_as("uuid", ids);
      ADD_FAILURE() << text << " is accepted";
    } catch (const pqxx::sql_error& refusal) {
      EXPECT_EQ(refusal.sqlstate(), "22P03") << text;
    }
  }
}

TEST_F(BinaryArrays, AreEmptyWithoutValuesAndAfterTheyWereTaken) {
  BinaryArray array{Type::text};
  EXPECT_EQ(sent_as("text", array), Texts{});
  array.text("x");
  EXPECT_EQ(sent_as("text", array), Texts{"x"});
  EXPECT_EQ(sent_as("text", array), Texts{});
}

// The other direction: instants in hexadecimal digits.
TEST_F(BinaryArrays, InstantsAreReadAsMicrosReadsThem) {
  for (const std::string at :
       {"epoch", "1999-12-31 23:59:59.999999Z", "2026-11-20 12:00:00.000001Z", "infinity", "-infinity",
        "0044-03-15 BC", "294276-01-01", "9999-12-31 23:59:59.999999Z"}) {
    pqxx::work session(sql.connection());
    const auto row = session.exec_params1(
        "SELECT encode(timestamptz_send($1::timestamptz), 'hex'), orchestrator.micros($1::timestamptz)", at);
    EXPECT_EQ(optional_instant_from_hex(row[0]), optional_instant_from(row[1])) << at;
  }
}

}  // namespace
}  // namespace orchestrator::storage
