#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <boost/program_options.hpp>

#include <fmt/format.h>

#include "runners/options/verb_parser.h"

// Short words for the values of a verb's options.

namespace nmsw::runners {

namespace po = boost::program_options;

template <class T>
auto with_default(T value) {
  return po::value<T>()->default_value(value, fmt::format("{}", value));
}
inline auto text(const char* value) { return po::value<std::string>()->default_value(value); }
inline auto words() { return po::value<std::vector<std::string>>()->composing(); }
inline auto numbers(int64_t value) {
  return po::value<std::vector<int64_t>>()->composing()->default_value({value},
                                                                       std::to_string(value));
}

inline std::optional<std::filesystem::path> optional_path(const VerbParser& parser,
                                                          const char* name) {
  if (!parser.has(name)) return std::nullopt;
  return std::filesystem::path(parser.get<std::string>(name));
}

}  // namespace nmsw::runners
