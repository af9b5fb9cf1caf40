// The standard headers nearly every file includes. Precompiled only to keep builds short: each file still includes
// what it uses.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <compare>
#include <coroutine>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <tuple>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>
