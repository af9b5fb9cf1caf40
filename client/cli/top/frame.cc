#include "client/cli/top/frame.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>
#include <tuple>

#include "client/cli/answers.h"
#include "client/cli/table.h"
#include "client/cli/transcript.h"

namespace parley::cli {
namespace {

// As many lines of methods are seen, however many nodes there are.
constexpr size_t kMethodLines = 6;

// How often per second; nothing where there is nothing to compare with, or the count began anew.
using Rate = std::optional<double>;

std::string RateText(const Rate& rate) { return rate ? NumberText(std::round(*rate * 10) / 10) : "-"; }
std::string CountText(int64_t count) { return NumberText(static_cast<double>(count)); }

struct Method {
  MethodStats stats;
  Rate calls, errors;
};

struct Module {
  int64_t workers = 0, served = 0, slots = 0, moving = 0, p99_us = 0;
  Rate calls, errors;
};

// Lines of one part of the frame, the first of which are titles.
struct Section {
  std::vector<std::string> lines;
  std::set<size_t> alarming;  // lines that should be seen
};

class Frame {
 public:
  Frame(const FrameParts& parts, const FrameStyle& style) : parts_(parts), style_(style) {
    ReadMethods();
    ReadModules();
  }

  std::vector<std::string> Lines() const {
    std::vector<std::string> lines = Head();
    const std::array<Section, 3> sections{Modules(), NodesPart(), Methods()};
    size_t whole = lines.size() + sections.size();
    for (const Section& section : sections) whole += section.lines.size();
    // Where not all can be seen, blank lines are the first to go.
    const bool spaced = style_.rows == 0 || whole <= style_.rows;
    const std::array<size_t, 3> shares = Shares(sections, style_.rows > lines.size() ? style_.rows - lines.size() : 0);
    for (size_t i = 0; i < sections.size(); ++i) {
      if (shares[i] == 0) continue;
      if (spaced) lines.emplace_back();
      Append(lines, sections[i], shares[i]);
    }
    if (style_.rows > 0 && lines.size() > style_.rows) lines.resize(style_.rows);
    for (std::string& line : lines) {
      if (WidthOf(line) > style_.columns) line = Fitted(line, style_.columns) + (style_.colours ? "\x1b[0m" : "");
    }
    return lines;
  }

 private:
  Rate Difference(double now, double before) const {
    if (parts_.before == nullptr || now < before) return std::nullopt;
    const double seconds = static_cast<double>(parts_.now.mono_ms - parts_.before->mono_ms) / 1000;
    if (seconds <= 0) return std::nullopt;
    return (now - before) / seconds;
  }

  void ReadMethods() {
    std::map<std::string, const MethodStats*> before;
    if (parts_.before != nullptr) {
      for (const MethodStats& each : parts_.before->stats.methods) before[each.method] = &each;
    }
    for (const MethodStats& each : parts_.now.stats.methods) {
      const auto it = before.find(each.method);
      const double calls = it == before.end() ? 0 : static_cast<double>(it->second->count);
      const double errors = it == before.end() ? 0 : static_cast<double>(it->second->errors);
      methods_.push_back({each, Difference(static_cast<double>(each.count), calls),
                          Difference(static_cast<double>(each.errors), errors)});
    }
    std::ranges::sort(methods_, [this](const Method& a, const Method& b) { return Before(a, b); });
  }

  bool Before(const Method& a, const Method& b) const {
    const auto key = [this](const Method& m) -> std::pair<double, double> {
      switch (style_.sort) {
        case SortBy::kRate:
          return {m.calls.value_or(-1), static_cast<double>(m.stats.count)};
        case SortBy::kLatency:
          return {static_cast<double>(m.stats.p99_us), static_cast<double>(m.stats.p50_us)};
        case SortBy::kErrors:
          return {m.errors.value_or(-1), static_cast<double>(m.stats.errors)};
        case SortBy::kName:
          return {};
      }
      return {};
    };
    if (key(a) != key(b)) return key(a) > key(b);
    return a.stats.method < b.stats.method;
  }

  void ReadModules() {
    for (const Node& node : parts_.now.nodes.nodes) {
      if (node.kind == "worker") ++modules_[node.module].workers;
    }
    for (const Slot& slot : parts_.now.slots.slots) {
      Module& module = modules_[slot.module];
      ++module.slots;
      if (!slot.primary.empty() && slot.state != "parked") ++module.served;
      if (slot.state == "moving") ++module.moving;
    }
    for (const Method& method : methods_) {
      const std::string name = method.stats.method.substr(0, method.stats.method.find('.'));
      Module& module = modules_[name];
      if (method.calls) module.calls = module.calls.value_or(0) + *method.calls;
      if (method.errors) module.errors = module.errors.value_or(0) + *method.errors;
      module.p99_us = std::max(module.p99_us, method.stats.p99_us);
    }
  }

  std::vector<std::string> Head() const {
    std::map<std::string, int64_t> kinds;
    int64_t sessions = 0, unserved = 0, moving = 0;
    Rate calls, errors;
    for (const Node& node : parts_.now.nodes.nodes) {
      ++kinds[node.kind];
      sessions += node.sessions.value_or(0);
    }
    for (const auto& [name, module] : modules_) {
      unserved += module.slots - module.served;
      moving += module.moving;
      if (module.calls) calls = calls.value_or(0) + *module.calls;
      if (module.errors) errors = errors.value_or(0) + *module.errors;
    }
    const std::string title = "parley top: " + parts_.server;
    const size_t gap = style_.columns > WidthOf(title) + WidthOf(parts_.clock)
                           ? style_.columns - WidthOf(title) - WidthOf(parts_.clock)
                           : 1;
    std::vector<std::string> lines{Styled("1", title + std::string(gap, ' ') + parts_.clock)};
    std::string nodes;
    for (const auto& [kind, count] : kinds) {
      // "bus" has a plural of its own.
      const std::string_view plural = count == 1 ? "" : kind.ends_with("s") ? "es" : "s";
      nodes += fmt::format("{}{} {}{}", nodes.empty() ? "" : ", ", count, Printable(kind), plural);
    }
    lines.push_back(fmt::format("{}   sessions {}   calls/s {}   errors/s {}", nodes, CountText(sessions),
                                RateText(calls), RateText(errors)));
    if (unserved == 1) lines.push_back(Styled("31", "1 slot has no worker: its requests wait"));
    if (unserved > 1) {
      lines.push_back(Styled("31", fmt::format("{} slots have no worker: their requests wait", unserved)));
    }
    if (moving > 0) lines.push_back(fmt::format("slots on their way to other workers: {}", moving));
    if (!parts_.trouble.empty()) lines.push_back(Styled("31", Printable(parts_.trouble)));
    if (const std::string totals = Totals(); !totals.empty()) lines.push_back(totals);
    return lines;
  }

  // As many as fit on a line; whatever the server counts.
  std::string Totals() const {
    const Numbers now = NumbersOf(parts_.now.stats.totals);
    const Numbers before = parts_.before != nullptr ? NumbersOf(parts_.before->stats.totals) : Numbers();
    std::string line;
    for (const auto& [name, number] : now) {
      const auto it = before.find(name);
      const Rate rate = it == before.end() ? Rate() : Difference(number, it->second);
      std::string each = fmt::format("{}{} {}", line.empty() ? "" : "   ", Printable(name), NumberText(number));
      if (rate && *rate > 0) each += fmt::format(" (+{}/s)", RateText(rate));
      if (WidthOf(line) + WidthOf(each) > style_.columns) break;
      line += each;
    }
    return line;
  }

  Section Modules() const {
    Table table({{"MODULE"},
                 {"WORKERS", true},
                 {"SLOTS SERVED", true},
                 {"CALLS/S", true},
                 {"ERRORS/S", true},
                 {"SLOWEST 99%", true}});
    Section section;
    for (const auto& [name, module] : modules_) {
      const bool worked = module.slots > 0 || module.workers > 0;
      table.Add({Printable(name), worked ? std::to_string(module.workers) : "",
                 worked ? fmt::format("{} of {}", module.served, module.slots) : "", RateText(module.calls),
                 RateText(module.errors), module.p99_us > 0 ? LatencyText(module.p99_us) : ""});
      if (module.served < module.slots) section.alarming.insert(table.size());
    }
    section.lines = table.Lines();
    return section;
  }

  Section NodesPart() const {
    std::vector<Node> nodes = parts_.now.nodes.nodes;
    std::ranges::sort(nodes, {}, [](const Node& node) { return std::tie(node.kind, node.module, node.node); });
    Table table({{"NODE", false, 24},
                 {"MODULE"},
                 {"HOST", false, 16},
                 {"UP", true},
                 {"SESSIONS", true},
                 {"SLOTS", true},
                 {"PER SECOND"}});
    for (const Node& node : nodes) {
      std::string rates;
      for (const auto& [name, number] : NumbersOf(node.rates)) {
        if (number != 0)
          rates += fmt::format("{}{} {}", rates.empty() ? "" : ", ", Printable(name), NumberText(number));
      }
      table.Add({Printable(node.node), node.kind == "worker" ? Printable(node.module) : Printable(node.kind),
                 Printable(node.host), SpanText(node.up_ms), node.sessions ? CountText(*node.sessions) : "",
                 node.slots ? CountText(*node.slots) : "", rates});
    }
    return {table.Lines(), {}};
  }

  Section Methods() const {
    Table table({{"METHOD"},
                 {"CALLS/S", true},
                 {"CALLS", true},
                 {"ERRORS/S", true},
                 {"ERRORS", true},
                 {"HALF", true},
                 {"99%", true}});
    Section section;
    for (const Method& each : methods_) {
      table.Add({Printable(each.stats.method), RateText(each.calls), CountText(each.stats.count), RateText(each.errors),
                 CountText(each.stats.errors), LatencyText(each.stats.p50_us), LatencyText(each.stats.p99_us)});
    }
    section.lines = table.Lines();
    return section;
  }

  // How many lines each section gets: modules all of theirs, nodes what leaves some methods to be seen, methods the
  // rest.
  std::array<size_t, 3> Shares(const std::array<Section, 3>& sections, size_t room) const {
    const size_t modules = sections[0].lines.size(), nodes = sections[1].lines.size(),
                 methods = sections[2].lines.size();
    if (style_.rows == 0) return {modules, nodes, methods};
    std::array<size_t, 3> shares{};
    shares[0] = std::min(modules, room);
    room -= shares[0];
    shares[1] = std::min(nodes, room - std::min({methods, kMethodLines, (room + 1) / 2}));
    shares[2] = std::min(methods, room - shares[1]);
    return shares;
  }

  void Append(std::vector<std::string>& lines, const Section& section, size_t room) const {
    const size_t shown = section.lines.size() <= room ? section.lines.size() : room - 1;
    for (size_t i = 0; i < shown; ++i) {
      if (i == 0) {
        lines.push_back(Styled("2", section.lines[i]));
      } else {
        lines.push_back(section.alarming.contains(i) ? Styled("31", section.lines[i]) : section.lines[i]);
      }
    }
    if (shown < section.lines.size())
      lines.push_back(Styled("2", fmt::format("… {} more", section.lines.size() - shown)));
  }

  std::string Styled(std::string_view code, const std::string& text) const {
    return style_.colours ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : text;
  }

  const FrameParts& parts_;
  const FrameStyle& style_;
  std::vector<Method> methods_;
  std::map<std::string, Module> modules_;
};

}  // namespace

std::vector<std::string> FrameOf(const FrameParts& parts, const FrameStyle& style) {
  return Frame(parts, style).Lines();
}

}  // namespace parley::cli
