// A view of parsed MessagePack, and the parser that makes it. msgpack-c stays in value.cc.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "common/base/result.h"

namespace parley::schema {

enum class Type : uint8_t { kNil, kBool, kInt, kFloat, kText, kBinary, kList, kMap, kOther };

// As the client contract names them: text, int, bool, list, map, …
[[nodiscard]] std::string_view NameOf(Type type);

// One value inside a parsed message. Does not own: valid until its Parser parses again or goes away, and as long as the
// parsed bytes stay. A default Value is nil.
class Value {
 public:
  Value() = default;

  [[nodiscard]] Type type() const;
  [[nodiscard]] bool is_nil() const { return type() == Type::kNil; }
  // Each of these wants the type to be right (CHECKs).
  [[nodiscard]] bool AsBool() const;
  [[nodiscard]] std::string_view AsText() const;
  [[nodiscard]] std::string_view AsBinary() const;
  // Nothing when the integer does not fit 64 bits signed.
  [[nodiscard]] std::optional<int64_t> AsInt() const;
  // Of an integer or a float; nothing for any other type.
  [[nodiscard]] std::optional<double> AsNumber() const;
  // Elements of a list, pairs of a map; 0 for all else.
  [[nodiscard]] size_t size() const;
  [[nodiscard]] Value at(size_t index) const;      // element of a list
  [[nodiscard]] Value key(size_t index) const;     // of a map
  [[nodiscard]] Value mapped(size_t index) const;  // of a map
  // The first value under a text key; nil where the key is absent or this is no map.
  [[nodiscard]] Value Find(std::string_view name) const;

 private:
  friend class Parser;
  explicit Value(const void* object) : object_(object) {}
  const void* object_ = nullptr;  // msgpack::object
};

// Parses one MessagePack value. Keeps its memory for the next one, so parsing in a loop allocates nothing.
// Not thread-safe; one per thread or owner.
class Parser {
 public:
  Parser();
  ~Parser();
  Parser(Parser&&) noexcept;
  Parser& operator=(Parser&&) noexcept;

  // kBadRequest unless `bytes` is exactly one MessagePack value, nested at most `depth_max` deep. Texts are not copied:
  // the value refers to `bytes`. Sizes are checked before anything is allocated for them.
  Result<Value> Parse(std::string_view bytes, int depth_max = 64);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace parley::schema
