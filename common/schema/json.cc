#include "common/schema/json.h"

#include <nlohmann/json.hpp>

namespace parley::schema {

namespace {
constexpr int kJsonDepthMax = 64;
}

Result<std::string> JsonOf(std::string_view encoded, int indent) {
  try {
    const nlohmann::json value = nlohmann::json::from_msgpack(encoded.begin(), encoded.end());
    return value.dump(indent, ' ', false, nlohmann::json::error_handler_t::replace);
  } catch (const nlohmann::json::exception&) {
    return Fail(Code::kBadRequest, "MessagePack: malformed");
  }
}

Result<std::string> EncodedOfJson(std::string_view json) {
  try {
    const auto check_depth = [](int depth, nlohmann::json::parse_event_t event, nlohmann::json&) {
      using Event = nlohmann::json::parse_event_t;
      if ((event == Event::object_start || event == Event::array_start) && depth >= kJsonDepthMax) {
        throw std::length_error("nested deeper than 64");
      }
      return true;
    };
    const nlohmann::json value = nlohmann::json::parse(json, check_depth);
    std::string out;
    nlohmann::json::to_msgpack(value, out);
    return out;
  } catch (const std::length_error& error) {
    return Fail(Code::kBadRequest, std::string("JSON: ") + error.what());
  } catch (const nlohmann::json::parse_error& error) {
    return Fail(Code::kBadRequest, "JSON: malformed at byte " + std::to_string(error.byte));
  } catch (const nlohmann::json::exception&) {  // such as a number that no double can hold
    return Fail(Code::kBadRequest, "JSON: malformed");
  }
}

}  // namespace parley::schema
