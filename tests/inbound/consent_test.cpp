#include "inbound/consent.hpp"

#include <gtest/gtest.h>

namespace orchestrator::inbound {
namespace {

using Consent = Arrival::Consent;

TEST(Consent, RecognisesStopKeywords) {
  for (const char* text : {"STOP", "stop", " Stop. ", "\n\tSTOP!!!", "\"stop\"", "(STOP)", "stopall",
                           "Unsubscribe", "cancel", "END", "quit", "revoke", "OptOut", "\u201cStop\u201d",
                           "stop\u2026", "\u00a0STOP\u00a0", "...stop...", "stop\r\n"}) {
    EXPECT_EQ(consent_of(text), Consent::stop) << text;
  }
}

TEST(Consent, RecognisesStartKeywords) {
  for (const char* text : {"START", "start", " Yes! ", "unstop", "\u00a1START!"}) {
    EXPECT_EQ(consent_of(text), Consent::start) << text;
  }
}

TEST(Consent, IgnoresKeywordsInsideALongerText) {
  for (const char* text : {"",
                           " ",
                           "...",
                           "please stop",
                           "stop it",
                           "don't stop",
                           "stopp",
                           "nonstop",
                           "s top",
                           "STOP STOP",
                           "yes please",
                           "st\u00f6p",
                           "cancel my table",
                           "the end",
                           "0stop",
                           "stop2",
                           "ST\0OP",
                           "\xff\xfe",
                           "st.op",
                           "a very long text that says stop at its end: stop"}) {
    EXPECT_EQ(consent_of(text), Consent::none) << text;
  }
}

TEST(Consent, HandlesLongRunsOfPunctuation) {
  EXPECT_EQ(consent_of(std::string(65'536, '.')), Consent::none);
  EXPECT_EQ(consent_of(std::string(60'000, '.') + "stop"), Consent::stop);
}

}  // namespace
}  // namespace orchestrator::inbound
