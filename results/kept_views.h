#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "results/sqlite.h"

namespace nmsw::results {

/// Rows of the views that go through every score, kept by a connection that only reads, so that a
/// report makes them once and not for each of its tables. One thread.
class KeptViews {
 public:
  /// Makes what the statement reads and is not kept yet; everything anew after another connection
  /// has changed the file.
  void make_for(Database& database, const std::string& sql);

 private:
  std::vector<std::string> kept_;
  /// Of the file when they were made.
  int64_t data_version_ = 0;
};

}  // namespace nmsw::results
