// Result<T>: a value or an Error. What can happen is returned; what must not happen is a CHECK.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

#include "common/base/error.h"

namespace parley {

template <class T>
using Result = tl::expected<T, Error>;

// `return Fail(Code::kNotFound, "user: no such user");` from any function that returns a Result.
[[nodiscard]] inline tl::unexpected<Error> Fail(Code code, std::string message, int64_t retry_after_ms = 0) {
  return tl::unexpected<Error>(Error{code, std::move(message), retry_after_ms});
}
[[nodiscard]] inline tl::unexpected<Error> Fail(Error error) { return tl::unexpected<Error>(std::move(error)); }

}  // namespace parley

#define PARLEY_CONCAT_(a, b) a##b
#define PARLEY_CONCAT(a, b) PARLEY_CONCAT_(a, b)

// TRY(expr): leaves the function with the error, if there is one. For Result<void>.
#define TRY(expr)                                                                                                   \
  do {                                                                                                              \
    if (auto try_result_ = (expr); !try_result_.has_value()) return ::parley::Fail(std::move(try_result_).error()); \
  } while (false)

// TRY_ASSIGN(auto x, expr): the same, and x is the value.
#define TRY_ASSIGN_(result, lhs, expr)                                       \
  auto result = (expr);                                                      \
  if (!result.has_value()) return ::parley::Fail(std::move(result).error()); \
  lhs = *std::move(result)
#define TRY_ASSIGN(lhs, expr) TRY_ASSIGN_(PARLEY_CONCAT(try_result_, __LINE__), lhs, expr)

// The same inside a coroutine.
#define CO_TRY(expr)                                                                                                   \
  do {                                                                                                                 \
    if (auto try_result_ = (expr); !try_result_.has_value()) co_return ::parley::Fail(std::move(try_result_).error()); \
  } while (false)
#define CO_TRY_ASSIGN_(result, lhs, expr)                                       \
  auto result = (expr);                                                         \
  if (!result.has_value()) co_return ::parley::Fail(std::move(result).error()); \
  lhs = *std::move(result)
#define CO_TRY_ASSIGN(lhs, expr) CO_TRY_ASSIGN_(PARLEY_CONCAT(try_result_, __LINE__), lhs, expr)
