#include <spdlog/fmt/fmt.h>

#include "common/store/folder.h"
#include "docs/generator/pages.h"
#include "tests/conformance/all_modules.h"

namespace parley::docs {
namespace {

constexpr std::string_view kIntroduction = R"(# What Parley stores

This page is written by `parley-docs storage` from the code; `scripts/check` fails when it is out of date. Do not edit it.

Each worker has one LevelDB, in `DIR/db` of its data folder. A row's key is

| bytes | |
|---|---|
| 1 | the slot, 0 to 255: xxh64 of the routing key, modulo 256 |
| 1 | the table, a letter; capitals are the kit's and are in every worker, the others are the module's |
| … | the parts of the key, one after the other |

and each part is one of

| part | bytes |
|---|---|
| text | its bytes, with `00` written as `00 FF`, then `00 01` |
| u64 | 8 bytes, big-endian |
| i64 | 8 bytes, big-endian, the sign bit flipped |

so that keys sort as their parts do. A value is a MessagePack map with short keys; what is optional is absent while it has its default.
All writes of one turn are one batch with one sync. What a row means, and what always holds for it, stands where it is declared
(`modules/*/rows.h`, `common/module/idempotence.h`, `common/module/outbox.h`, `common/module/ownership.h`).
)";

std::string Bytes(const conformance::RowShape& row) {
  std::string bytes = fmt::format("slot `{:02X}`", row.table);
  for (const conformance::KeyPart& part : row.parts) {
    bytes += ' ' + part.name + (part.type == "text" ? " `00 01`" : " (" + part.type + ")");
  }
  return bytes;
}

void AddRows(std::string& page, const std::vector<conformance::RowShape>& rows) {
  for (const conformance::RowShape& row : rows) {
    page += fmt::format("### `{}` {}\n\nKey: {}\n\n", row.table, row.name.substr(row.name.rfind(':') + 1), Bytes(row));
    AddHead(page, {"value", "", "type", ""});
    for (size_t i = 0; i < row.value.fields.size(); ++i) {
      const schema::Argument& field = row.value.fields[i];
      AddRow(page, {Code(field.name), row.value.members[i], field.type, field.required ? "required" : "optional"});
    }
    page += "\n";
  }
}

}  // namespace

std::string StoragePage() {
  std::string page(kIntroduction);
  page += fmt::format("\nThe format's version is {}; a program refuses a folder with a higher one.\n",
                      store::kFormatVersion);
  page += "\n## Every worker\n\n";
  AddRows(page, conformance::KitRows());
  for (const conformance::ModuleShape& module : conformance::AllModules()) {
    page += fmt::format("## Workers of {}\n\n", module.name);
    AddRows(page, module.rows);
  }
  page.pop_back();
  return page;
}

}  // namespace parley::docs
