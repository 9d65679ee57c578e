#pragma once

#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "nmsw/base/error.h"

namespace nmsw::testing {

/// The message of the error of that type which `action` throws, every part of which must occur in
/// it.
template <class Expected>
void expect_error(const std::function<void()>& action, const std::vector<std::string>& parts) {
  try {
    action();
    ADD_FAILURE() << "nothing was thrown; expected a message with '" << parts.front() << "'";
  } catch (const Expected& error) {
    for (const std::string& part : parts) {
      EXPECT_NE(std::string(error.what()).find(part), std::string::npos)
          << "'" << part << "' not in: " << error.what();
    }
  } catch (const std::exception& error) {
    ADD_FAILURE() << "another type of error: " << error.what();
  }
}

}  // namespace nmsw::testing
