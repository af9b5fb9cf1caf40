// What happened in a group, and what the server tells besides records, as sentences. Plain: values in, text out.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "client/messages.h"
#include "common/base/error.h"
#include "common/schema/value.h"

namespace parley::cli {

// A record of kind `system`: `bob removed carol`. Whoever reads it is called `you` as an object.
[[nodiscard]] std::string SentenceOf(const client::Record& record, const UserHandle& self);

// A push about friends and groups, with what to type in answer; nothing where there is nothing to say.
[[nodiscard]] std::optional<std::string> NoticeOf(std::string_view method, const schema::Value& arguments);

// `away: lunch`
[[nodiscard]] std::string PresenceText(bool online, std::string_view state, std::string_view text);

// Why a request failed, for people.
[[nodiscard]] std::string WhyNot(std::string_view method, const Error& error);

}  // namespace parley::cli
