#include "common/schema/writer.h"

#include <msgpack.hpp>

namespace parley::schema {
namespace {

// What msgpack::packer wants of a stream.
struct Sink {
  std::string* out;
  void write(const char* bytes, size_t size) { out->append(bytes, size); }
};

}  // namespace

void Writer::Nil() {
  Sink sink{out_};
  msgpack::packer<Sink>(sink).pack_nil();
}
void Writer::Bool(bool value) {
  Sink sink{out_};
  value ? msgpack::packer<Sink>(sink).pack_true() : msgpack::packer<Sink>(sink).pack_false();
}
void Writer::Int(int64_t value) {
  Sink sink{out_};
  msgpack::packer<Sink>(sink).pack_int64(value);
}
void Writer::Text(std::string_view value) {
  Sink sink{out_};
  msgpack::packer<Sink> packer(sink);
  packer.pack_str(static_cast<uint32_t>(value.size()));
  packer.pack_str_body(value.data(), static_cast<uint32_t>(value.size()));
}
void Writer::Binary(std::string_view value) {
  Sink sink{out_};
  msgpack::packer<Sink> packer(sink);
  packer.pack_bin(static_cast<uint32_t>(value.size()));
  packer.pack_bin_body(value.data(), static_cast<uint32_t>(value.size()));
}
void Writer::List(size_t count) {
  Sink sink{out_};
  msgpack::packer<Sink>(sink).pack_array(static_cast<uint32_t>(count));
}
void Writer::Map(size_t count) {
  Sink sink{out_};
  msgpack::packer<Sink>(sink).pack_map(static_cast<uint32_t>(count));
}

}  // namespace parley::schema
