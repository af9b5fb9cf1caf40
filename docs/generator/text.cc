#include "docs/generator/pages.h"

namespace parley::docs {

void AddRow(std::string& page, const std::vector<std::string>& cells) {
  for (const std::string& cell : cells) {
    page += "| ";
    for (const char c : cell) {
      if (c == '|') page += '\\';
      page += c;
    }
    page += cell.empty() ? "" : " ";
  }
  page += "|\n";
}

void AddHead(std::string& page, const std::vector<std::string>& titles) {
  AddRow(page, titles);
  for (size_t i = 0; i < titles.size(); ++i) page += "|---";
  page += "|\n";
}

std::string Code(std::string_view text) { return "`" + std::string(text) + "`"; }

void AddFields(std::string& page, const std::string& title, const conformance::Shape& shape) {
  if (shape.fields.empty()) {
    page += title + ": none.\n\n";
    return;
  }
  AddHead(page, {title, "type", "", ""});
  for (const schema::Argument& field : shape.fields) {
    AddRow(page, {Code(field.name), field.type, field.required ? "required" : "optional", field.doc});
  }
  page += "\n";
  for (const conformance::InnerShape& inner : shape.inner) AddFields(page, "in " + Code(inner.field), inner.shape);
}

}  // namespace parley::docs
