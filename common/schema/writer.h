// Writes MessagePack into a string. The only way anything of Parley is encoded; msgpack-c stays in writer.cc.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace parley::schema {

class Writer {
 public:
  // Appends to `out`, which must outlive the writer.
  explicit Writer(std::string& out) : out_(&out) {}

  void Nil();
  void Bool(bool value);
  void Int(int64_t value);
  void Text(std::string_view value);
  void Binary(std::string_view value);
  void List(size_t count);  // followed by `count` values
  void Map(size_t count);   // followed by `count` pairs
  // Bytes that are already one MessagePack value.
  void Raw(std::string_view encoded) { out_->append(encoded); }

 private:
  std::string* out_;
};

}  // namespace parley::schema
