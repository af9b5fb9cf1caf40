#include "client/bench/report.h"

#include <spdlog/fmt/fmt.h>

#include <cstdio>

namespace parley::bench {
namespace {

std::string Quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) >= 0x20) out += c;
  }
  return out + '"';
}

}  // namespace

void Report::Field(std::string_view name, const std::string& json) {
  fields_ += fmt::format("{}\"{}\": {}", fields_.empty() ? "" : ", ", name, json);
}

void Report::Say(std::string_view text) {
  if (as_json_ || text.empty()) return;
  fmt::print("{}\n", text);
  std::fflush(stdout);
}

void Report::Add(std::string_view name, double value, std::string_view text) {
  Field(name, fmt::format("{:.4g}", value));
  Say(text);
}
void Report::Add(std::string_view name, uint64_t value, std::string_view text) {
  Field(name, fmt::format("{}", value));
  Say(text);
}
void Report::AddText(std::string_view name, std::string_view value, std::string_view text) {
  Field(name, Quoted(value));
  Say(text);
}

void Report::AddProcesses(std::string_view name, const std::vector<ProcessUse>& used, double units, double seconds) {
  std::string list;
  for (const ProcessUse& each : used) {
    const double cpu_us = each.cpu_s * 1e6 / units, memory_kib = each.memory_kib / units;
    list += fmt::format(R"({}{{"pid": {}, "name": {}, "cpu_us": {:.4g}, "cpu_percent": {:.4g}, "memory_kib": {:.4g}}})",
                        list.empty() ? "" : ", ", each.pid, Quoted(each.name), cpu_us, each.cpu_s * 100 / seconds,
                        memory_kib);
  }
  Field(name, "[" + list + "]");
}

void Report::Finish() {
  if (as_json_) fmt::print("{{{}}}\n", fields_);
  std::fflush(stdout);
}

}  // namespace parley::bench
