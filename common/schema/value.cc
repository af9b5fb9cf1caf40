#include "common/schema/value.h"

#include <limits>
#include <msgpack.hpp>

#include "common/base/check.h"

namespace parley::schema {
namespace {

const msgpack::object& Object(const void* object) { return *static_cast<const msgpack::object*>(object); }

constexpr size_t kZoneChunk = 4096;

}  // namespace

std::string_view NameOf(Type type) {
  switch (type) {
    case Type::kNil:
      return "nil";
    case Type::kBool:
      return "bool";
    case Type::kInt:
      return "int";
    case Type::kFloat:
      return "float";
    case Type::kText:
      return "text";
    case Type::kBinary:
      return "bin";
    case Type::kList:
      return "list";
    case Type::kMap:
      return "map";
    case Type::kOther:
      return "ext";
  }
  return "ext";
}

Type Value::type() const {
  if (object_ == nullptr) return Type::kNil;
  switch (Object(object_).type) {
    case msgpack::type::NIL:
      return Type::kNil;
    case msgpack::type::BOOLEAN:
      return Type::kBool;
    case msgpack::type::POSITIVE_INTEGER:
    case msgpack::type::NEGATIVE_INTEGER:
      return Type::kInt;
    case msgpack::type::FLOAT32:
    case msgpack::type::FLOAT64:
      return Type::kFloat;
    case msgpack::type::STR:
      return Type::kText;
    case msgpack::type::BIN:
      return Type::kBinary;
    case msgpack::type::ARRAY:
      return Type::kList;
    case msgpack::type::MAP:
      return Type::kMap;
    case msgpack::type::EXT:
      return Type::kOther;
  }
  return Type::kOther;
}

bool Value::AsBool() const {
  PARLEY_CHECK(type() == Type::kBool);
  return Object(object_).via.boolean;
}
std::string_view Value::AsText() const {
  PARLEY_CHECK(type() == Type::kText);
  const auto& text = Object(object_).via.str;
  return {text.ptr, text.size};
}
std::string_view Value::AsBinary() const {
  PARLEY_CHECK(type() == Type::kBinary);
  const auto& bytes = Object(object_).via.bin;
  return {bytes.ptr, bytes.size};
}
std::optional<int64_t> Value::AsInt() const {
  PARLEY_CHECK(type() == Type::kInt);
  const msgpack::object& object = Object(object_);
  if (object.type == msgpack::type::NEGATIVE_INTEGER) return object.via.i64;
  if (object.via.u64 > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) return std::nullopt;
  return static_cast<int64_t>(object.via.u64);
}

std::optional<double> Value::AsNumber() const {
  if (type() == Type::kFloat) return Object(object_).via.f64;
  if (type() != Type::kInt) return std::nullopt;
  const msgpack::object& object = Object(object_);
  if (object.type == msgpack::type::NEGATIVE_INTEGER) return static_cast<double>(object.via.i64);
  return static_cast<double>(object.via.u64);
}

size_t Value::size() const {
  if (type() == Type::kList) return Object(object_).via.array.size;
  if (type() == Type::kMap) return Object(object_).via.map.size;
  return 0;
}
Value Value::at(size_t index) const {
  PARLEY_CHECK(type() == Type::kList && index < size());
  return Value(&Object(object_).via.array.ptr[index]);
}
Value Value::key(size_t index) const {
  PARLEY_CHECK(type() == Type::kMap && index < size());
  return Value(&Object(object_).via.map.ptr[index].key);
}
Value Value::mapped(size_t index) const {
  PARLEY_CHECK(type() == Type::kMap && index < size());
  return Value(&Object(object_).via.map.ptr[index].val);
}
Value Value::Find(std::string_view name) const {
  if (type() != Type::kMap) return Value();
  for (size_t i = 0; i < size(); ++i) {
    const Value candidate = key(i);
    if (candidate.type() == Type::kText && candidate.AsText() == name) return mapped(i);
  }
  return Value();
}

struct Parser::Impl {
  msgpack::zone zone{kZoneChunk};
  msgpack::object root;
};

Parser::Parser() : impl_(std::make_unique<Impl>()) {}
Parser::~Parser() = default;
Parser::Parser(Parser&&) noexcept = default;
Parser& Parser::operator=(Parser&&) noexcept = default;

Result<Value> Parser::Parse(std::string_view bytes, int depth_max) {
  impl_->zone.clear();
  // A list of n elements takes at least n bytes: a larger count is a lie, and refused before it is allocated.
  const size_t most = bytes.size();
  const msgpack::unpack_limit limit(most, most, most, most, most, static_cast<size_t>(depth_max));
  const auto refer = [](msgpack::type::object_type, size_t, void*) { return true; };
  size_t end = 0;
  try {
    bool referenced = false;
    impl_->root = msgpack::unpack(impl_->zone, bytes.data(), bytes.size(), end, referenced, refer, nullptr, limit);
  } catch (const msgpack::insufficient_bytes&) {
    return Fail(Code::kBadRequest, "MessagePack: the value is cut short");
  } catch (const msgpack::depth_size_overflow&) {
    return Fail(Code::kBadRequest, "MessagePack: nested deeper than " + std::to_string(depth_max));
  } catch (const msgpack::unpack_error&) {
    return Fail(Code::kBadRequest, "MessagePack: malformed");
  }
  if (end != bytes.size()) return Fail(Code::kBadRequest, "MessagePack: bytes after the value");
  return Value(&impl_->root);
}

}  // namespace parley::schema
