// The one list of Parley's modules, with all that they say and store, for the conformance tests and the generated
// pages. A declared message is kept here without its type: as functions over bytes.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/module/route.h"
#include "common/schema/describe.h"

namespace parley::conformance {

struct InnerShape;

// A declared message.
struct Shape {
  std::string name;    // as the code calls it, such as message::Send
  std::string method;  // empty where it has none
  std::vector<schema::Argument> fields;
  std::vector<std::string> members;  // what the code calls each field
  // Of the fields that hold messages themselves, or lists of them: which, and what they hold.
  std::vector<InnerShape> inner;
  std::function<std::string(uint64_t seed)> sample;
  // Decoded and encoded again.
  std::function<Result<std::string>(std::string_view bytes)> again;
};

struct InnerShape {
  std::string field;
  Shape shape;
};

struct KeyPart {
  std::string name, type;
};

struct RowShape {
  std::string name;
  char table = 0;
  std::vector<KeyPart> parts;
  Shape value;
  std::function<std::string(uint64_t seed)> key;
  // Read and written again; nothing where the bytes are no key of this row.
  std::function<std::optional<std::string>(std::string_view key)> key_again;
};

struct ModuleShape {
  std::string name;
  std::unique_ptr<module::Module> module;
  std::vector<Shape> requests;  // one for each route …
  std::vector<Shape> replies;   // … and its reply
  std::vector<Shape> events;    // notifications to clients
  std::vector<RowShape> rows;
};

// Adding a module is one entry here, and a file of its own beside (modules.h).
[[nodiscard]] std::vector<ModuleShape> AllModules();

// What the frontend itself answers and says.
struct SessionShape {
  std::vector<Shape> requests, replies, events;
  std::vector<std::string> docs;  // one for each request …
  std::vector<Access> access;     // … and who may call it
};
[[nodiscard]] SessionShape SessionMethods();

// Rows that every worker has, whatever its module.
[[nodiscard]] std::vector<RowShape> KitRows();
// What nodes and the bus say to each other.
[[nodiscard]] std::vector<Shape> BusMessages();

}  // namespace parley::conformance
