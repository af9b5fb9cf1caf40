#include "common/metrics/pulse.h"

#include <catch2/catch.hpp>

using parley::metrics::Pulse;

TEST_CASE("a process that starts is well, and not ready") {
  const Pulse pulse(1'000);
  CHECK(pulse.Sick(1'000).empty());
  CHECK(pulse.NotReady(1'000) == "it is starting");
}

TEST_CASE("it is ready when it says so, and no more when it says why not") {
  Pulse pulse(1'000);
  pulse.OnTurn(1'050, "");
  CHECK(pulse.NotReady(1'050).empty());
  pulse.OnTurn(1'100, "it is leaving");
  CHECK(pulse.NotReady(1'100) == "it is leaving");
  CHECK(pulse.Sick(1'100).empty());
}

TEST_CASE("a loop that does not turn is sick, and not ready whatever it said, until it turns again") {
  Pulse pulse(1'000);
  pulse.OnTurn(2'000, "");
  CHECK(pulse.Sick(2'000 + Pulse::kStuckMs).empty());
  CHECK(pulse.Sick(2'001 + Pulse::kStuckMs) == "the main loop has not turned for 5001 ms");
  CHECK(pulse.NotReady(2'001 + Pulse::kStuckMs) == "the main loop has not turned for 5001 ms");
  pulse.OnTurn(9'000, "");
  CHECK(pulse.Sick(9'000).empty());
  CHECK(pulse.NotReady(9'000).empty());
}
