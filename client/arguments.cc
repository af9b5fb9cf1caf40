#include "client/arguments.h"

#include "common/schema/codec.h"

namespace parley::client {

Arguments::Arguments(const schema::Value& map) {
  if (map.type() != schema::Type::kMap) return;
  schema::Writer writer(pairs_);
  for (; count_ < map.size(); ++count_) {
    schema::WriteValue(writer, map.key(count_));
    schema::WriteValue(writer, map.mapped(count_));
  }
}

schema::Writer Arguments::Add(std::string_view name) {
  ++count_;
  schema::Writer writer(pairs_);
  writer.Text(name);
  return writer;
}

Arguments& Arguments::Text(std::string_view name, std::string_view value) {
  Add(name).Text(value);
  return *this;
}
Arguments& Arguments::Int(std::string_view name, int64_t value) {
  Add(name).Int(value);
  return *this;
}
Arguments& Arguments::Bool(std::string_view name, bool value) {
  Add(name).Bool(value);
  return *this;
}
Arguments& Arguments::Texts(std::string_view name, std::span<const std::string> values) {
  schema::Writer writer = Add(name);
  writer.List(values.size());
  for (const std::string& value : values) writer.Text(value);
  return *this;
}
Arguments& Arguments::Any(std::string_view name, const schema::Value& value) {
  schema::Writer writer = Add(name);
  schema::WriteValue(writer, value);
  return *this;
}
Arguments& Arguments::OptionalText(std::string_view name, std::string_view value) {
  return value.empty() ? *this : Text(name, value);
}

std::string Arguments::Encoded() const {
  std::string out;
  schema::Writer(out).Map(count_);
  return out + pairs_;
}

}  // namespace parley::client
