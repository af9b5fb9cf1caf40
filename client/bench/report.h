// What a run found, as lines for people or as one JSON object.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "client/bench/processes.h"

namespace parley::bench {

class Report {
 public:
  explicit Report(bool as_json) : as_json_(as_json) {}

  // A value under a short name; `text` is what people read. Printed at once, unless it is for JSON.
  void Add(std::string_view name, double value, std::string_view text);
  void Add(std::string_view name, uint64_t value, std::string_view text);
  void AddText(std::string_view name, std::string_view value, std::string_view text);
  // The processes' share of `total`: processor time per unit, or memory per unit.
  void AddProcesses(std::string_view name, const std::vector<ProcessUse>& used, double units, double seconds);
  // A line for people only.
  void Say(std::string_view text);
  // Prints the JSON object, where that was asked for.
  void Finish();

 private:
  void Field(std::string_view name, const std::string& json);

  const bool as_json_;
  std::string fields_;
};

}  // namespace parley::bench
