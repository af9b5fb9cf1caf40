#include "modules/admin/audit.h"

#include <algorithm>
#include <limits>

#include "common/base/check.h"
#include "common/base/log.h"
#include "common/schema/page.h"
#include "common/schema/utf8.h"

namespace parley::admin {
namespace {

constexpr uint64_t kNewest = std::numeric_limits<uint64_t>::max();

// Where a page begins: before this entry.
struct Place {
  std::optional<UserHandle> user;
  int64_t before = 0;
  bool operator==(const Place&) const = default;
  static constexpr auto kFields = std::tuple{
      Optional("u", &Place::user),
      Required("b", &Place::before),
  };
};

// At most kTextBytesMax of it, never half a character.
std::string_view Cut(std::string_view text) {
  if (!schema::IsUtf8(text)) return "(not UTF-8)";
  if (text.size() <= AuditLog::kTextBytesMax) return text;
  size_t size = AuditLog::kTextBytesMax;
  while ((static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) --size;
  return text.substr(0, size);
}

// Whatever a client sent, as something small.
void WriteBounded(schema::Writer& writer, const schema::Value& value) {
  switch (value.type()) {
    case schema::Type::kBool:
      return writer.Bool(value.AsBool());
    case schema::Type::kText:
      return writer.Text(Cut(value.AsText()));
    case schema::Type::kInt:
      if (const std::optional<int64_t> number = value.AsInt()) return writer.Int(*number);
      [[fallthrough]];
    default:
      return writer.Text(fmt::format("({})", NameOf(value.type())));
  }
}

schema::Encoded Bounded(const schema::Value& given, const std::vector<schema::Argument>& arguments) {
  std::vector<std::pair<std::string_view, schema::Value>> pairs;
  for (const schema::Argument& argument : arguments) {
    if (const schema::Value value = given.Find(argument.name); !value.is_nil())
      pairs.emplace_back(argument.name, value);
  }
  schema::Encoded encoded;
  schema::Writer writer(encoded.bytes);
  writer.Map(pairs.size());
  for (const auto& [name, value] : pairs) {
    writer.Text(name);
    WriteBounded(writer, value);
  }
  return encoded;
}

std::optional<std::string> TargetOf(const schema::Value& given) {
  for (const std::string_view name : {"user", "conversation", "node"}) {
    const schema::Value value = given.Find(name);
    if (value.type() == schema::Type::kText) return std::string(Cut(value.AsText()));
  }
  return std::nullopt;
}

Entry EntryOf(uint64_t seq, const Line& line) {
  return {static_cast<int64_t>(seq),
          line.time_ms,
          line.by,
          line.action,
          line.target,
          line.address,
          line.outcome,
          line.arguments};
}

}  // namespace

Line AuditLog::LineOf(const module::Context& ctx, std::string_view action, const schema::Value& given,
                      const std::vector<schema::Argument>& arguments) {
  Line line;
  line.by = ctx.user();
  line.action = action;
  line.target = TargetOf(given);
  line.address = ctx.caller().address;
  line.arguments = Bounded(given, arguments);
  line.time_ms = ctx.now().wall_ms;
  line.request = ctx.request().Hex();
  return line;
}

void AuditLog::Begin(module::Context& ctx, const std::optional<std::string>& id, const Line& line) {
  const OpenRow row{ctx.user(), id ? "i" + *id : "r" + line.request};
  const std::optional<Line> left = ctx.view().Get(row);
  // Something else was begun under this id, and never answered.
  if (left && (left->action != line.action || left->arguments != line.arguments)) {
    Append(ctx, *left, NameOf(Code::kTimeout));
  }
  ctx.view().Put(row, line);
  under_way_.insert_or_assign(ctx.request(), row);
}

void AuditLog::Finish(module::Context& ctx) {
  const auto begun = under_way_.extract(ctx.request());
  PARLEY_CHECK(!begun.empty());
  const std::optional<Line> line = ctx.view().Get(begun.mapped());
  if (!line) return;  // the store is corrupt, and says so
  Append(ctx, *line, "ok");
  ctx.view().Delete(begun.mapped());
}

void AuditLog::Refused(module::Context& ctx, const Error& error, const std::optional<Line>& line) {
  std::optional<Line> noted = line;
  if (const auto begun = under_way_.extract(ctx.request())) {
    // Where it was begun in this very turn, that is undone already.
    if (std::optional<Line> open = ctx.view().Get(begun.mapped())) noted = std::move(open);
    ctx.view().Delete(begun.mapped());
  }
  if (noted && !(ctx.resent() && NotedBefore(ctx, *noted))) Append(ctx, *noted, NameOf(error.code));
}

void AuditLog::CloseAbandoned(module::Context& ctx) {
  std::vector<std::pair<OpenRow, Line>> abandoned;
  ctx.view().Scan<OpenRow>(store::Order::kAscending, [&](const OpenRow& row, const Line& line) {
    const bool under_way = std::ranges::any_of(
        under_way_, [&](const auto& entry) { return entry.second.user == row.user && entry.second.id == row.id; });
    if (!under_way && line.time_ms + kOpenMs <= ctx.now().wall_ms) abandoned.emplace_back(row, line);
    return true;
  });
  for (const auto& [row, line] : abandoned) {
    LogWarn("What became of {} by {} is not known; the audit says so.", line.action, line.by.text());
    Append(ctx, line, NameOf(Code::kTimeout));
    ctx.view().Delete(row);
  }
}

void AuditLog::Append(module::Context& ctx, Line line, std::string_view outcome) {
  store::SlotView view = ctx.view();
  uint64_t last = 0;
  int64_t last_ms = 0;
  view.Scan<EntryRow>(store::Order::kDescending, [&](const EntryRow& row, const Line& newest) {
    last = row.seq;
    last_ms = newest.time_ms;
    return false;
  });
  const uint64_t seq = last + 1;
  line.outcome = outcome;
  line.time_ms = std::max(ctx.now().wall_ms, last_ms);
  view.Put(EntryRow{seq}, line);
  view.Put(UserEntryRow{line.by, seq}, Nothing{});
  if (!line.target) return;
  if (const Result<UserHandle> target = UserHandle::Parse(*line.target)) {
    view.Put(UserEntryRow{*target, seq}, Nothing{});
  }
}

// Among the last that could still have been under way.
bool AuditLog::NotedBefore(const module::Context& ctx, const Line& line) {
  store::SlotView view = ctx.view();
  int left = limits::kInFlightMax;
  bool found = false;
  view.Scan<UserEntryRow>(
      store::Order::kDescending,
      [&](const UserEntryRow& row, const Nothing&) {
        const std::optional<Line> noted = view.Get(EntryRow{row.seq});
        found = noted && noted->by == line.by && noted->request == line.request;
        return !found && --left > 0;
      },
      line.by);
  return found;
}

Result<AuditPage> AuditLog::Read(const module::Context& ctx, const Audit& request) {
  Place from{request.user, 0};
  if (request.cursor) {
    TRY_ASSIGN(from, schema::ReadCursor<Place>(*request.cursor, ctx.now().wall_ms));
    if (from.user != request.user) return Fail(Code::kBadRequest, "cursor: belongs to another user");
  }
  const uint64_t newest = request.cursor ? static_cast<uint64_t>(from.before) - 1 : kNewest;
  const size_t size = schema::PageSize(request.limit);
  store::SlotView view = ctx.view();
  AuditPage page;
  const auto add = [&](uint64_t seq, const Line& line) {
    if (page.entries.size() == size) {
      page.cursor = schema::MakeCursor(Place{request.user, page.entries.back().seq}, ctx.now().wall_ms);
      return false;
    }
    page.entries.push_back(EntryOf(seq, line));
    return true;
  };
  if (!request.user) {
    view.ScanFrom<EntryRow>(EntryRow{newest}, store::Order::kDescending,
                            [&](const EntryRow& row, const Line& line) { return add(row.seq, line); });
    return page;
  }
  view.ScanFrom<UserEntryRow>(
      UserEntryRow{*request.user, newest}, store::Order::kDescending,
      [&](const UserEntryRow& row, const Nothing&) {
        const std::optional<Line> line = view.Get(EntryRow{row.seq});
        return line && add(row.seq, *line);
      },
      *request.user);
  return page;
}

}  // namespace parley::admin
