// Metrics that more than one kind of process has. All others stand beside what counts them.
#pragma once

#include "common/metrics/exposition.h"

namespace parley::metrics {

inline constexpr Family kBusSent{"parley_bus_sent_bytes_total", FamilyType::kCounter,
                                 "Sent over the bus by this process."};
inline constexpr Family kBusReceived{"parley_bus_received_bytes_total", FamilyType::kCounter,
                                     "Received over the bus by this process."};
inline constexpr Family kAskedAgain{"parley_asked_again_total", FamilyType::kCounter,
                                    "Calls over the bus that were repeated."};
inline constexpr Family kDropped{"parley_dropped_total", FamilyType::kCounter, "What somebody did not get, by reason."};

}  // namespace parley::metrics
