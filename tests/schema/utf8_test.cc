#include "common/schema/utf8.h"

#include <catch2/catch.hpp>
#include <string>

using parley::schema::IsUtf8;

TEST_CASE("valid UTF-8 is accepted at its edges") {
  for (const char* good :
       {"", "ascii", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80", "\xEF\xBF\xBF",
        "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF", "a long run of ascii \xE2\x82\xAC and on"}) {
    CHECK(IsUtf8(good));
  }
}

TEST_CASE("overlong forms, surrogates, too large and cut ones are refused") {
  for (const char* bad :
       {"\x80", "\xBF", "\xC0\x80", "\xC1\xBF", "\xC2", "\xE0\x9F\xBF", "\xE0\xA0", "\xED\xA0\x80", "\xF0\x8F\xBF\xBF",
        "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "\xC2\x41", "eight by\x80te"}) {
    CHECK_FALSE(IsUtf8(bad));
  }
}
