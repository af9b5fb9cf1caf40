#include "common/metrics/exposition.h"

#include <catch2/catch.hpp>

#include "common/metrics/method_tally.h"

namespace parley::metrics {
namespace {

using Catch::Matchers::Contains;
using enum FamilyType;

constexpr Family kApples{"parley_apples_total", kCounter, "Apples that were eaten."};
constexpr Family kPears{"parley_pears", kGauge, "Pears that are there."};
constexpr Family kWaits{"parley_wait_seconds", kSeconds, "How long was waited."};
constexpr Family kBaskets{"parley_basket_apples", kAmounts, "Apples in a basket."};

size_t Count(const std::string& text, const std::string& what) {
  size_t count = 0;
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++count;
  return count;
}

}  // namespace

TEST_CASE("a sample has its own labels and those of all") {
  Exposition out;
  out.Add(kApples, uint64_t{7}, {{"who", "adam"}});
  const std::string text = out.Text({{"node", "n-1"}});
  CHECK_THAT(text, Contains("# HELP parley_apples_total Apples that were eaten.\n"));
  CHECK_THAT(text, Contains("# TYPE parley_apples_total counter\n"));
  CHECK_THAT(text, Contains("parley_apples_total{node=\"n-1\",who=\"adam\"} 7\n"));
}

TEST_CASE("samples of one family stand together, whatever came between them") {
  Exposition out;
  out.Add(kApples, uint64_t{1}, {{"who", "adam"}});
  out.Add(kPears, uint64_t{2});
  Exposition more;
  more.Add(kApples, uint64_t{3}, {{"who", "eve"}});
  out.Append(std::move(more));
  const std::string text = out.Text({});
  CHECK(Count(text, "# TYPE parley_apples_total") == 1);
  CHECK(text.find("eve") < text.find("parley_pears"));
}

TEST_CASE("a label's value may be anything") {
  Exposition out;
  out.Add(kPears, uint64_t{1}, {{"who", "a\"b\\c\nd"}});
  CHECK_THAT(out.Text({}), Contains(R"(parley_pears{who="a\"b\\c\nd"} 1)"));
}

TEST_CASE("times are shown in seconds, amounts as they are") {
  Distribution values;
  values.Add(1'000);
  values.Add(3'000'000);
  Exposition out;
  out.Add(kWaits, values);
  out.Add(kBaskets, values);
  const std::string text = out.Text({});
  CHECK_THAT(text, Contains("# TYPE parley_wait_seconds histogram\n"));
  CHECK_THAT(text, Contains("parley_wait_seconds_count 2\n"));
  CHECK_THAT(text, Contains("parley_wait_seconds_sum 3.001"));
  CHECK_THAT(text, Contains("parley_wait_seconds_bucket{le=\"0.001023\"} 1\n"));
  CHECK_THAT(text, Contains("parley_wait_seconds_bucket{le=\"4.194303\"} 2\n"));
  CHECK_THAT(text, Contains("parley_wait_seconds_bucket{le=\"+Inf\"} 2\n"));
  CHECK_THAT(text, Contains("parley_basket_apples_bucket{le=\"1023\"} 1\n"));
  CHECK_THAT(text, Contains("parley_basket_apples_sum 3001000\n"));
}

TEST_CASE("a method is shown with each code that came, and with ok in any case") {
  MethodTally tally;
  tally.Add(Code::kOverloaded, 10);
  tally.Add(Code::kOverloaded, 10);
  tally.Add(static_cast<Code>(200), 10);  // of a newer process
  Exposition out;
  tally.Report(out, kApples, kWaits, "fruit.eat");
  const std::string text = out.Text({});
  CHECK_THAT(text, Contains("parley_apples_total{method=\"fruit.eat\",code=\"ok\"} 0\n"));
  CHECK_THAT(text, Contains("parley_apples_total{method=\"fruit.eat\",code=\"overloaded\"} 2\n"));
  CHECK_THAT(text, Contains("parley_apples_total{method=\"fruit.eat\",code=\"internal\"} 1\n"));
  CHECK_THAT(text, Contains("parley_wait_seconds_count{method=\"fruit.eat\"} 3\n"));
  CHECK(Count(text, "parley_apples_total{") == 3);
  CHECK(tally.errors() == 3);
}

}  // namespace parley::metrics
