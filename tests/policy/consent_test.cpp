#include "policy/consent.hpp"

#include <gtest/gtest.h>

#include <random>

namespace orchestrator::policy {
namespace {

const ConsentReader& reader() {
  static const ConsentReader all_languages;
  return all_languages;
}

Consent consent_of(std::string_view text, Entry entry = Entry::typed) {
  return reader().consent_of(text, entry);
}

TEST(Consent, RecognisesStopKeywords) {
  for (const char* text : {"STOP", "stop", " Stop. ", "\n\tSTOP!!!", "\"stop\"", "(STOP)", "stopall",
                           "Unsubscribe", "cancel", "END", "quit", "revoke", "OptOut", "\u201cStop\u201d",
                           "stop\u2026", "\u00a0STOP\u00a0", "...stop...", "stop\r\n"}) {
    EXPECT_EQ(consent_of(text), Consent::stop) << text;
  }
}

TEST(Consent, RecognisesStartKeywords) {
  for (const char* text : {"START", "start", " Yes! ", "unstop", "\u00a1START!", "yes please", "Opt in"}) {
    EXPECT_EQ(consent_of(text), Consent::start) << text;
  }
}

// Reported by people who run such systems.
TEST(Consent, RecognisesWhatPeopleWriteInstead) {
  for (const char* text : {"STOP ALL",
                           "opt out",
                           "Opt-out",
                           "OPT OUT.",
                           "Stop. Thank you",
                           "Stop please",
                           "Please stop",
                           "STOP!! STOP!!",
                           "STOP \U0001F6D1",
                           "\u200fSTOP\u200e",
                           "\ufeffstop",
                           "\uff33\uff34\uff2f\uff30",
                           "STOP\n\nSent from my iPhone",
                           "Stop texting me",
                           "unsubscribe me",
                           "don\u2019t text me anymore",
                           "STOP STOP",
                           "stop, unsubscribe",
                           "\U0001D412\U0001D413\U0001D40E\U0001D40F",
                           "S\u00adTOP",
                           "stop sending me these messages, thanks",
                           "No more texts please!!!",
                           "\u202eSTOP\u202c",
                           "STOP\ufe0f",
                           "Remove me from your list",
                           "*STOP*",
                           "> stop"}) {
    EXPECT_EQ(consent_of(text), Consent::stop) << text;
  }
}

TEST(Consent, RecognisesOtherLanguages) {
  for (const char* text : {"ARRET",
                           "Arr\u00eat",
                           "arre\u0302t",
                           "BAJA",
                           "Alto",
                           "CANCELAR",
                           "STOPP",
                           "Abmelden",
                           "PARAR",
                           "SAIR",
                           "D\u00c9SABONNER",
                           "\u505c\u6b62",
                           "\u0421\u0422\u041e\u041f",
                           "\u062a\u0648\u0642\u0641",
                           "stop svp",
                           "Quiero darme de baja, gracias",
                           "n\u00e3o quero mais receber",
                           "Bitte keine Nachrichten mehr",
                           "Disiscrivimi",
                           "afmelden aub",
                           "Uitschrijven"}) {
    EXPECT_EQ(consent_of(text), Consent::stop) << text;
  }
  EXPECT_EQ(consent_of("REPRENDRE"), Consent::start);
  EXPECT_EQ(consent_of("Alta"), Consent::start);
}

TEST(Consent, LanguagesCanBeLimitedAndWordsAdded) {
  const ConsentReader english({.languages = {"en"}});
  EXPECT_EQ(english.consent_of("stop"), Consent::stop);
  EXPECT_EQ(english.consent_of("baja"), Consent::none);
  const ConsentReader spanish({.languages = {"es"}, .opt_out = {"Fu\u00e9ra ya"}, .opt_in = {"Otra vez"}});
  EXPECT_EQ(spanish.consent_of("unsubscribe"), Consent::stop);
  EXPECT_EQ(spanish.consent_of("Baja"), Consent::stop);
  EXPECT_EQ(spanish.consent_of("arr\u00eat"), Consent::none);
  EXPECT_EQ(spanish.consent_of("FUERA YA!"), Consent::stop);
  EXPECT_EQ(spanish.consent_of("otra vez, por favor"), Consent::start);
}

// "Cancel" on a button cancels a booking, "Yes" confirms one.
TEST(Consent, SomeWordsCountOnlyWhenTyped) {
  for (const char* text : {"Cancel", "END", "Quit", "START", "Yes", "Cancelar", "Annuleren"}) {
    EXPECT_NE(consent_of(text, Entry::typed), Consent::none) << text;
    EXPECT_EQ(consent_of(text, Entry::chosen), Consent::none) << text;
  }
  for (const char* text : {"STOP", "Stop promotions", "Unsubscribe", "Opt out"}) {
    EXPECT_EQ(consent_of(text, Entry::chosen), consent_of(text, Entry::typed)) << text;
  }
  EXPECT_EQ(consent_of("Unsubscribe", Entry::chosen), Consent::stop);
}

TEST(Consent, IgnoresPhrasesInsideALongerText) {
  for (const char* text : {"",
                           " ",
                           "...",
                           "\U0001F6D1",
                           "please",
                           "thank you",
                           "stop by at five",
                           "please stop by tomorrow",
                           "don't stop",
                           "Do not stop",
                           "nonstop",
                           "s top",
                           "cancel my table",
                           "Please cancel my appointment",
                           "the end",
                           "end of the week?",
                           "0stop",
                           "stop2",
                           "st.op",
                           "\xff\xfe",
                           "stop start",
                           "bus stop",
                           "quit smoking",
                           "I quit my job",
                           "yes we can",
                           "yes, at eight",
                           "start at nine",
                           "la parte alta",
                           "baja a la calle",
                           "Alto rendimiento",
                           "das Ende vom Lied",
                           "fine",
                           "no thanks",
                           "stop me if you have heard this one",
                           "Sent from my iPhone",
                           "a very long text that says stop at its end: stop"}) {
    EXPECT_EQ(consent_of(text), Consent::none) << text;
  }
  EXPECT_EQ(consent_of(std::string_view("ST\0OP", 5)), Consent::none);
}

TEST(Consent, HandlesLongTexts) {
  EXPECT_EQ(consent_of(std::string(65'536, '.')), Consent::none);
  EXPECT_EQ(consent_of(std::string(60'000, '.') + "stop"), Consent::stop);
  std::string many;
  for (int i = 0; i < 10'000; ++i) many += "stop ";
  EXPECT_EQ(consent_of(many), Consent::none) << "a text of more words than any request has";
}

// A keyword between any marks, in any case and width, is found; with a letter or a word beside it, it is not.
TEST(Consent, IsFoundHoweverAKeywordIsWritten) {
  std::mt19937 random(20261127);
  const auto any_of = [&](const std::vector<std::string>& values) {
    return values[random() % values.size()];
  };
  const std::vector<std::string> marks = {"",       " ",      "\n",     "!",          "?!",
                                          "\u200b", "\u200e", "\u202a", "\ufeff",     "\u00a0",
                                          "\u3000", "\u2026", "\u201d", "\U0001F64F", "\U0001F6D1\ufe0f",
                                          "*",      "_",      "#",      "\u2014",     "\u2060"};
  const std::vector<std::string> keywords = {"stop",  "unsubscribe", "baja",    "arr\u00eat",
                                             "stopp", "sair",        "afmelden"};
  const std::vector<std::string> others = {"a", "the ", "7", "\u00e9", "\u0436", "not "};
  const auto in_any_form = [&](const std::string& word) {
    std::string out;
    for (const char c : word) {
      const bool is_letter = c >= 'a' && c <= 'z';
      const auto form = random() % 3;
      if (!is_letter || form == 0) {
        out += c;
      } else if (form == 1) {
        out += static_cast<char>(c - 'a' + 'A');
      } else {  // full width: U+FF41 and following
        const unsigned code_point = 0xFF41U + static_cast<unsigned>(c - 'a');
        out += {static_cast<char>(0xE0U | (code_point >> 12U)),
                static_cast<char>(0x80U | ((code_point >> 6U) & 0x3FU)),
                static_cast<char>(0x80U | (code_point & 0x3FU))};
      }
    }
    return out;
  };
  for (int i = 0; i < 20'000; ++i) {
    const std::string word = in_any_form(any_of(keywords));
    const std::string around = any_of(marks) + any_of(marks) + word + any_of(marks) + any_of(marks);
    ASSERT_EQ(consent_of(around), Consent::stop) << around;
    const std::string beside = random() % 2 == 0 ? any_of(others) + around : around + " my " + any_of(others);
    const std::string joined = any_of(others) + word;
    ASSERT_EQ(consent_of(beside + " bird"), Consent::none) << beside;
    ASSERT_EQ(consent_of(joined), Consent::none) << joined;
  }
}

}  // namespace
}  // namespace orchestrator::policy
