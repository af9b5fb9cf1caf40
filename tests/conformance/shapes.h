// How a type becomes a Shape. Names come from the compiler, so that nothing is written twice.
#pragma once

#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "common/schema/sample.h"
#include "common/store/key.h"
#include "tests/conformance/all_modules.h"

namespace parley::conformance {

// parley::message::Send → message::Send
template <class T>
std::string NameOfType() {
  constexpr std::string_view kSignature = __PRETTY_FUNCTION__;
  constexpr std::string_view kBefore = "T = parley::";
  const size_t from = kSignature.find(kBefore) + kBefore.size();
  return std::string(kSignature.substr(from, kSignature.find_first_of(";]", from) - from));
}

// &parley::message::RecordRow::seq → seq
template <auto kMember>
std::string NameOfMember() {
  constexpr std::string_view kSignature = __PRETTY_FUNCTION__;
  constexpr std::string_view kBefore = "kMember = ";
  const size_t from = kSignature.find(kBefore) + kBefore.size();
  const std::string_view member = kSignature.substr(from, kSignature.find_first_of(";])", from + 1) - from);
  return std::string(member.substr(member.rfind(':') + 1));
}

// What a field holds, apart from whether it may be absent and how many there are.
template <class T>
struct Held {
  using Type = T;
};
template <class T>
struct Held<std::optional<T>> : Held<T> {};
template <class T>
struct Held<std::vector<T>> : Held<T> {};

template <schema::Declared S>
Shape ShapeOf();

template <class Field>
void AddInner(Shape& shape, const Field& field) {
  using Inner = typename Held<typename Field::Type>::Type;
  if constexpr (schema::Declared<Inner>) shape.inner.push_back({std::string(field.name), ShapeOf<Inner>()});
}

template <schema::Declared S>
Shape ShapeOf() {
  Shape shape;
  shape.name = NameOfType<S>();
  if constexpr (requires { S::kMethod; }) shape.method = S::kMethod;
  shape.fields = schema::Describe<S>();
  std::apply([&](const auto&... field) { (AddInner(shape, field), ...); }, S::kFields);
  [&]<size_t... I>(std::index_sequence<I...>) {
    (shape.members.push_back(NameOfMember<std::get<I>(S::kFields).member>()), ...);
  }
  (std::make_index_sequence<std::tuple_size_v<decltype(S::kFields)>>());
  shape.sample = [](uint64_t seed) { return schema::Encode(schema::Sample<S>(seed)); };
  shape.again = [](std::string_view bytes) -> Result<std::string> {
    TRY_ASSIGN(const S message, schema::Decode<S>(bytes));
    return schema::Encode(message);
  };
  return shape;
}

template <class T>
std::string NameOfPart() {
  if constexpr (std::is_same_v<T, int64_t>) return "i64";
  if constexpr (std::is_same_v<T, uint64_t>) return "u64";
  return "text";
}

template <class Row>
RowShape RowShapeOf() {
  RowShape shape;
  shape.name = NameOfType<Row>();
  shape.table = Row::kTable;
  [&]<size_t... I>(std::index_sequence<I...>) {
    (shape.parts.push_back(
         {NameOfMember<std::get<I>(Row::kKey)>(), NameOfPart<std::decay_t<decltype(Row{}.*std::get<I>(Row::kKey))>>()}),
     ...);
  }
  (std::make_index_sequence<std::tuple_size_v<decltype(Row::kKey)>>());
  shape.value = ShapeOf<typename Row::Value>();
  shape.key = [](uint64_t seed) {
    schema::Sampler sampler(seed);
    const auto slot = static_cast<Slot>(sampler.Below(kSlots));
    Row row;
    std::apply([&](const auto&... part) { ((row.*part = sampler.Make<std::decay_t<decltype(row.*part)>>()), ...); },
               Row::kKey);
    return store::KeyOf(slot, row);
  };
  shape.key_again = [](std::string_view key) -> std::optional<std::string> {
    Row row;
    if (!store::ReadKey(key, row)) return std::nullopt;
    return store::KeyOf(static_cast<Slot>(key[0]), row);
  };
  return shape;
}

template <class... Messages>
std::vector<Shape> Shapes() {
  std::vector<Shape> shapes;
  (shapes.push_back(ShapeOf<Messages>()), ...);
  return shapes;
}
template <class... Rows>
std::vector<RowShape> RowShapes() {
  std::vector<RowShape> shapes;
  (shapes.push_back(RowShapeOf<Rows>()), ...);
  return shapes;
}

// A module's requests, with the reply of each.
template <class... Requests>
void AddRequests(std::vector<Shape>& requests, std::vector<Shape>& replies) {
  requests = Shapes<Requests...>();
  replies = Shapes<typename Requests::Reply...>();
}

}  // namespace parley::conformance
