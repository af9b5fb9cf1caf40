// What holds for every method of every module that exists or ever will.
#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <set>
#include <sstream>

#include "common/base/limits.h"
#include "tests/conformance/all_modules.h"
#include "tests/conformance/contract.h"

namespace parley::conformance {
namespace {

using module::Effect;
using schema::Argument;
using Fields = std::vector<Argument>;

template <class Fn>
void ForEachRoute(Fn fn) {
  for (const ModuleShape& module : AllModules()) {
    for (const module::Route& route : module.module->routes()) {
      INFO(route.row.method);
      fn(module, route);
    }
  }
}

const Argument* Find(const Fields& fields, const std::string& name) {
  const auto it = std::ranges::find(fields, name, &Argument::name);
  return it == fields.end() ? nullptr : &*it;
}

bool IsForClients(const module::Route& route) {
  return route.row.access != static_cast<int64_t>(Access::kModule) && !route.row.attach && !route.row.detach;
}

// "old new id?"
std::string Words(const Fields& fields) {
  std::string words;
  for (const Argument& field : fields) {
    words += (words.empty() ? "" : " ") + field.name + (field.required ? "" : "?");
  }
  return words;
}

// What the contract promises must be there and as it says; beyond that, there may be more that is optional.
void CheckKeeps(const Fields& fields, std::string_view promised) {
  std::istringstream words{std::string(promised)};
  std::set<std::string> names;
  for (std::string word; words >> word;) {
    const bool optional = word.ends_with('?');
    if (optional) word.pop_back();
    names.insert(word);
    INFO(word);
    const Argument* field = Find(fields, word);
    REQUIRE(field != nullptr);
    CHECK(field->required != optional);
  }
  for (const Argument& field : fields) {
    INFO(field.name);
    CHECK((names.contains(field.name) || !field.required));
  }
}

struct ClientMethod {
  std::string access;
  Fields arguments, reply;
};

std::map<std::string, ClientMethod> ClientMethods() {
  std::map<std::string, ClientMethod> methods;
  ForEachRoute([&](const ModuleShape&, const module::Route& route) {
    if (!IsForClients(route)) return;
    methods[route.row.method] = {std::string(NameOf(static_cast<Access>(route.row.access))), route.row.arguments,
                                 route.reply};
  });
  const SessionShape session = SessionMethods();
  for (size_t i = 0; i < session.requests.size(); ++i) {
    methods[session.requests[i].method] = {std::string(NameOf(session.access[i])), session.requests[i].fields,
                                           session.replies[i].fields};
  }
  return methods;
}

TEST_CASE("a method is named after its module and occurs once") {
  std::set<std::string> seen;
  ForEachRoute([&](const ModuleShape& module, const module::Route& route) {
    CHECK(route.row.method.starts_with(module.name + "."));
    CHECK(seen.insert(route.row.method).second);
  });
}

TEST_CASE("a method has a line of documentation, and so has each of its arguments and results") {
  ForEachRoute([](const ModuleShape&, const module::Route& route) {
    CHECK(route.row.doc.ends_with('.'));
    CHECK(route.row.doc.find('\n') == std::string::npos);
    for (const Argument& argument : route.row.arguments) {
      INFO(argument.name);
      CHECK_FALSE(argument.doc.empty());
    }
    for (const Argument& field : route.reply) {
      INFO(field.name);
      CHECK_FALSE(field.doc.empty());
    }
  });
}

TEST_CASE("the rules that find a request's key speak of arguments that it has") {
  ForEachRoute([](const ModuleShape&, const module::Route& route) {
    REQUIRE_FALSE(route.row.key.empty());
    for (const wire::KeyRule& rule : route.row.key) {
      const bool by_argument = rule.kind != wire::KeyKind::kCaller && rule.kind != wire::KeyKind::kFixed;
      CHECK(by_argument == !rule.argument.empty());
      if (!by_argument) continue;
      const Argument* argument = Find(route.row.arguments, rule.argument);
      REQUIRE(argument != nullptr);
      CHECK(argument->type == "text");
    }
    // Whoever asks rightly always finds a key: the last rule's argument must be given, or the caller is known.
    const wire::KeyRule& last = route.row.key.back();
    if (last.kind == wire::KeyKind::kCaller) CHECK(route.row.access != static_cast<int64_t>(Access::kAnonymous));
    if (!last.argument.empty()) CHECK(Find(route.row.arguments, last.argument)->required);
  });
}

TEST_CASE("a client's change may carry an id") {
  ForEachRoute([](const ModuleShape&, const module::Route& route) {
    if (!IsForClients(route) || (route.effect != Effect::kChanges && route.effect != Effect::kSettles)) return;
    const Argument* id = Find(route.row.arguments, "id");
    REQUIRE(id != nullptr);
    CHECK(id->type == "text");
  });
}

TEST_CASE("sessions are attached and detached as their user") {
  ForEachRoute([](const ModuleShape&, const module::Route& route) {
    if (!route.row.attach && !route.row.detach) return;
    CHECK(route.row.access == static_cast<int64_t>(Access::kUser));
    CHECK(route.row.arguments.empty());
    CHECK(route.effect == Effect::kRepeatable);
  });
}

TEST_CASE("each method is in the list of messages, with its reply") {
  for (const ModuleShape& module : AllModules()) {
    std::set<std::string> listed, routed;
    for (const Shape& request : module.requests) listed.insert(request.method);
    for (const module::Route& route : module.module->routes()) routed.insert(route.row.method);
    CHECK(listed == routed);
    CHECK(module.requests.size() == module.replies.size());
  }
}

TEST_CASE("every method of the contract is there, with its arguments and its result") {
  const std::map<std::string, ClientMethod> methods = ClientMethods();
  for (const ContractMethod& promised : kMethods) {
    INFO(promised.name);
    const auto it = methods.find(std::string(promised.name));
    REQUIRE(it != methods.end());
    CHECK(it->second.access == promised.access);
    INFO("arguments: " << Words(it->second.arguments));
    CheckKeeps(it->second.arguments, promised.arguments);
    INFO("result: " << Words(it->second.reply));
    CheckKeeps(it->second.reply, promised.result);
  }
}

TEST_CASE("every notification of the contract is there, with its arguments") {
  std::map<std::string, Fields> events;
  for (const ModuleShape& module : AllModules()) {
    for (const Shape& event : module.events) {
      CHECK(event.method.starts_with(module.name + "."));
      CHECK(events.emplace(event.method, event.fields).second);
    }
  }
  for (const Shape& event : SessionMethods().events) CHECK(events.emplace(event.method, event.fields).second);
  for (const ContractEvent& promised : kEvents) {
    INFO(promised.name);
    REQUIRE(events.contains(std::string(promised.name)));
    CheckKeeps(events[std::string(promised.name)], promised.arguments);
  }
}

TEST_CASE("nothing that clients may call is missing from the contract") {
  for (const auto& [name, method] : ClientMethods()) {
    INFO(name);
    CHECK(std::ranges::find(kMethods, name, &ContractMethod::name) != kMethods.end());
  }
}

}  // namespace
}  // namespace parley::conformance
