#include "common/schema/codec.h"

namespace parley::schema {

void WriteValue(Writer& writer, const Value& value) {
  switch (value.type()) {
    case Type::kBool:
      return writer.Bool(value.AsBool());
    case Type::kInt:
      return writer.Int(value.AsInt().value_or(0));
    case Type::kText:
      return writer.Text(value.AsText());
    case Type::kBinary:
      return writer.Binary(value.AsBinary());
    case Type::kList:
      writer.List(value.size());
      for (size_t i = 0; i < value.size(); ++i) WriteValue(writer, value.at(i));
      return;
    case Type::kMap:
      writer.Map(value.size());
      for (size_t i = 0; i < value.size(); ++i) {
        WriteValue(writer, value.key(i));
        WriteValue(writer, value.mapped(i));
      }
      return;
    case Type::kNil:
    case Type::kFloat:  // no message of Parley has a float or an extension
    case Type::kOther:
      return writer.Nil();
  }
}

namespace internal {

Result<void> WrongType(std::string_view wanted) { return Fail(Code::kBadRequest, "must be " + std::string(wanted)); }

Result<void> Missing(std::string_view name) { return Fail(Code::kBadRequest, std::string(name) + ": missing"); }

Result<void> GivenTwice(std::string_view name) {
  return Fail(Code::kBadRequest, std::string(name.substr(0, 32)) + ": given twice");
}

Result<void> CheckBound(int64_t measure, const Bound& bound, std::string_view unit) {
  const auto with_unit = [&](int64_t n) { return std::to_string(n) + (unit.empty() ? "" : " ") + std::string(unit); };
  if (measure < bound.min) return Fail(Code::kBadRequest, "at least " + with_unit(bound.min));
  if (measure > bound.max) return Fail(Code::kLimit, "at most " + with_unit(bound.max));
  return {};
}

Error Under(std::string_view name, Error error) {
  error.message = std::string(name) + ": " + error.message;
  return error;
}

Result<void> CheckNoDuplicates(std::vector<std::string_view>& keys) {
  std::ranges::sort(keys);
  const auto twice = std::ranges::adjacent_find(keys);
  if (twice == keys.end()) return {};
  return GivenTwice(*twice);
}

}  // namespace internal
}  // namespace parley::schema
