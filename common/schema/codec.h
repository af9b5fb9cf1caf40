// Encoding and decoding of declared messages (fields.h).
//
// Decoding is strict: text is text and valid UTF-8, integers are integers, a missing required key or a key that occurs
// twice is kBadRequest, unknown keys are skipped, bounds apply. Every error names the argument: "body: at most 16384
// bytes".
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/handle.h"
#include "common/base/result.h"
#include "common/schema/fields.h"
#include "common/schema/utf8.h"
#include "common/schema/value.h"
#include "common/schema/writer.h"

namespace parley::schema {

// A MessagePack value kept as its bytes. Empty bytes stand for nil.
struct Encoded {
  std::string bytes;
  bool operator==(const Encoded&) const = default;
};

// Copies a parsed value back into bytes.
void WriteValue(Writer& writer, const Value& value);

template <class T>
struct Codec;  // Write(Writer&, const T&), Read(Value, Bound, T&) -> Result<void>, kTypeName

namespace internal {

Result<void> WrongType(std::string_view wanted);
Result<void> Missing(std::string_view name);
Result<void> GivenTwice(std::string_view name);
Result<void> CheckBound(int64_t measure, const Bound& bound, std::string_view unit);
Error Under(std::string_view name, Error error);  // "name: message", or "name.inner: message"

template <class T>
struct IsOptional : std::false_type {};
template <class T>
struct IsOptional<std::optional<T>> : std::true_type {
  using Inner = T;
};

// Duplicates among keys that the struct does not know. `keys` is reordered.
Result<void> CheckNoDuplicates(std::vector<std::string_view>& keys);

}  // namespace internal

template <>
struct Codec<std::string> {
  static constexpr std::string_view kTypeName = "text";
  static void Write(Writer& writer, const std::string& value) { writer.Text(value); }
  static Result<void> Read(const Value& value, const Bound& bound, std::string& out) {
    if (value.type() != Type::kText) return internal::WrongType(kTypeName);
    const std::string_view text = value.AsText();
    TRY(internal::CheckBound(static_cast<int64_t>(text.size()), bound, "bytes"));
    if (!IsUtf8(text)) return Fail(Code::kBadRequest, "must be valid UTF-8");
    out.assign(text);
    return {};
  }
};

template <>
struct Codec<int64_t> {
  static constexpr std::string_view kTypeName = "int";
  static void Write(Writer& writer, int64_t value) { writer.Int(value); }
  static Result<void> Read(const Value& value, const Bound& bound, int64_t& out) {
    if (value.type() != Type::kInt) return internal::WrongType(kTypeName);
    const std::optional<int64_t> number = value.AsInt();
    if (!number) return Fail(Code::kBadRequest, "is out of range");
    TRY(internal::CheckBound(*number, bound, ""));
    out = *number;
    return {};
  }
};

template <>
struct Codec<bool> {
  static constexpr std::string_view kTypeName = "bool";
  static void Write(Writer& writer, bool value) { writer.Bool(value); }
  static Result<void> Read(const Value& value, const Bound&, bool& out) {
    if (value.type() != Type::kBool) return internal::WrongType(kTypeName);
    out = value.AsBool();
    return {};
  }
};

// Any value, kept encoded.
template <>
struct Codec<Encoded> {
  static constexpr std::string_view kTypeName = "map";
  static void Write(Writer& writer, const Encoded& value) {
    value.bytes.empty() ? writer.Nil() : writer.Raw(value.bytes);
  }
  static Result<void> Read(const Value& value, const Bound&, Encoded& out) {
    out.bytes.clear();
    Writer writer(out.bytes);
    WriteValue(writer, value);
    return {};
  }
};

// UserHandle, GroupHandle, Address, Conversation.
template <class T>
requires requires(const T& t, std::string_view s) {
  { T::Parse(s) } -> std::same_as<Result<T>>;
  { t.text() } -> std::convertible_to<std::string_view>;
}
struct Codec<T> {
  static constexpr std::string_view kTypeName = "text";
  static void Write(Writer& writer, const T& value) { writer.Text(value.text()); }
  static Result<void> Read(const Value& value, const Bound&, T& out) {
    if (value.type() != Type::kText) return internal::WrongType(kTypeName);
    TRY_ASSIGN(out, T::Parse(value.AsText()));
    return {};
  }
};

// An enum whose values have names: constexpr auto NamesOf(E) -> array of pair<E, string_view>, found beside the enum.
template <class E>
requires std::is_enum_v<E>
struct Codec<E> {
  static constexpr std::string_view kTypeName = "text";
  static void Write(Writer& writer, E value) { writer.Text(NameOfValue(value)); }
  static std::string_view NameOfValue(E value) {
    for (const auto& [candidate, name] : NamesOf(E{})) {
      if (candidate == value) return name;
    }
    return "?";
  }
  static Result<void> Read(const Value& value, const Bound&, E& out) {
    if (value.type() != Type::kText) return internal::WrongType(kTypeName);
    std::string wanted;
    for (const auto& [candidate, name] : NamesOf(E{})) {
      if (name == value.AsText()) {
        out = candidate;
        return {};
      }
      wanted.append(wanted.empty() ? "" : ", ").append(name);
    }
    return Fail(Code::kBadRequest, "must be one of " + wanted);
  }
};

template <class T>
struct Codec<std::vector<T>> {
  static constexpr std::string_view kTypeName = "list";
  static void Write(Writer& writer, const std::vector<T>& list) {
    writer.List(list.size());
    for (const T& element : list) Codec<T>::Write(writer, element);
  }
  static Result<void> Read(const Value& value, const Bound& bound, std::vector<T>& out) {
    if (value.type() != Type::kList) return internal::WrongType(kTypeName);
    TRY(internal::CheckBound(static_cast<int64_t>(value.size()), bound, "elements"));
    out.clear();
    out.reserve(value.size());
    for (size_t i = 0; i < value.size(); ++i) {
      T element{};
      TRY(Codec<T>::Read(value.at(i), Bound{}, element));
      out.push_back(std::move(element));
    }
    return {};
  }
};

template <Declared S>
struct Codec<S> {
  static constexpr std::string_view kTypeName = "map";

  template <class F>
  static bool IsWritten(const F& field, const S& message, std::string_view except) {
    using T = typename F::Type;
    if (field.name == except) return false;
    if constexpr (internal::IsOptional<T>::value) return (message.*field.member).has_value();
    // Not T{}: what is not written is read as the struct's own default.
    static const S kDefault{};
    return field.required || !((message.*field.member) == (kDefault.*field.member));
  }

  // All fields but the one called `except`, if any is.
  static void Write(Writer& writer, const S& message, std::string_view except = {}) {
    std::apply(
        [&](const auto&... field) {
          writer.Map((size_t{0} + ... + (IsWritten(field, message, except) ? 1U : 0U)));
          (WriteField(writer, field, message, except), ...);
        },
        S::kFields);
  }

  static Result<void> Read(const Value& value, const Bound&, S& out) {
    if (value.type() != Type::kMap) return internal::WrongType(kTypeName);
    constexpr size_t kCount = std::tuple_size_v<decltype(S::kFields)>;
    static_assert(kCount <= 64);
    uint64_t seen = 0;
    std::vector<std::string_view> unknown;
    for (size_t i = 0; i < value.size(); ++i) {
      const Value key = value.key(i);
      if (key.type() != Type::kText) return Fail(Code::kBadRequest, "a key is not text");
      bool known = false;
      TRY(ReadKnown(key.AsText(), value.mapped(i), out, seen, known, std::make_index_sequence<kCount>()));
      if (!known) unknown.push_back(key.AsText());
    }
    if (unknown.size() > 1) TRY(internal::CheckNoDuplicates(unknown));
    return CheckComplete(seen, std::make_index_sequence<kCount>());
  }

 private:
  // Bit 2i: the key was there; an absent and a nil value both leave `given` unset.
  template <size_t... I>
  static Result<void> ReadKnown([[maybe_unused]] std::string_view key, const Value& value, S& out, uint64_t& seen,
                                bool& known, std::index_sequence<I...>) {
    Result<void> result;
    static_cast<void>((ReadOne<I>(key, value, out, seen, known, result) || ...));
    return result;
  }

  template <size_t I>
  static bool ReadOne(std::string_view key, const Value& value, S& out, uint64_t& seen, bool& known,
                      Result<void>& result) {
    constexpr auto& field = std::get<I>(S::kFields);
    if (key != field.name) return false;
    known = true;
    if ((seen >> I) & 1) {
      result = internal::GivenTwice(key);
      return true;
    }
    seen |= uint64_t{1} << I;
    if (value.is_nil()) {
      // nil means absent.
      if (field.required) result = internal::Missing(key);
      return true;
    }
    using T = typename std::decay_t<decltype(field)>::Type;
    Result<void> read;
    if constexpr (internal::IsOptional<T>::value) {
      using Inner = typename internal::IsOptional<T>::Inner;
      Inner inner{};
      read = Codec<Inner>::Read(value, field.bound, inner);
      out.*field.member = std::move(inner);
    } else {
      read = Codec<T>::Read(value, field.bound, out.*field.member);
    }
    if (!read) result = Fail(internal::Under(field.name, std::move(read).error()));
    return true;
  }

  template <size_t... I>
  static Result<void> CheckComplete([[maybe_unused]] uint64_t seen, std::index_sequence<I...>) {
    Result<void> result;
    static_cast<void>(((std::get<I>(S::kFields).required && !((seen >> I) & 1)
                            ? (result = internal::Missing(std::get<I>(S::kFields).name), true)
                            : false) ||
                       ...));
    return result;
  }

  template <class F>
  static void WriteField(Writer& writer, const F& field, const S& message, std::string_view except) {
    if (!IsWritten(field, message, except)) return;
    using T = typename F::Type;
    writer.Text(field.name);
    if constexpr (internal::IsOptional<T>::value) {
      Codec<typename internal::IsOptional<T>::Inner>::Write(writer, *(message.*field.member));
    } else {
      Codec<T>::Write(writer, message.*field.member);
    }
  }
};

template <Declared S>
void EncodeTo(std::string& out, const S& message) {
  Writer writer(out);
  Codec<S>::Write(writer, message);
}

template <Declared S>
[[nodiscard]] std::string Encode(const S& message) {
  std::string out;
  EncodeTo(out, message);
  return out;
}

template <Declared S>
[[nodiscard]] Result<S> Decode(const Value& value) {
  S message{};
  TRY(Codec<S>::Read(value, Bound{}, message));
  return message;
}

// From bytes; empty bytes count as an empty map.
template <Declared S>
[[nodiscard]] Result<S> Decode(Parser& parser, std::string_view bytes) {
  static constexpr std::string_view kEmptyMap = "\x80";
  TRY_ASSIGN(const Value value, parser.Parse(bytes.empty() ? kEmptyMap : bytes));
  return Decode<S>(value);
}
template <Declared S>
[[nodiscard]] Result<S> Decode(std::string_view bytes) {
  thread_local Parser parser;
  return Decode<S>(parser, bytes);
}

}  // namespace parley::schema
