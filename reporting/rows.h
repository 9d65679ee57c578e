#pragma once

#include <optional>
#include <string>
#include <vector>

#include "results/store.h"

namespace nmsw::reporting {

/// The answer to one SELECT, read by column name.
class Rows {
 public:
  Rows(const results::ResultStore& store, const std::string& sql);

  size_t size() const { return table_.rows.size(); }
  bool empty() const { return table_.rows.empty(); }
  /// Empty for NULL. Throws DataError for a column that the answer lacks.
  std::string text(size_t row, const std::string& column) const;
  /// A blob; empty for NULL.
  std::vector<uint8_t> bytes(size_t row, const std::string& column) const;
  /// Nothing for NULL and for text.
  std::optional<double> number(size_t row, const std::string& column) const;
  /// 0 for NULL.
  int64_t count(size_t row, const std::string& column) const;

 private:
  const results::QueryValue& value(size_t row, const std::string& column) const;
  results::QueryTable table_;
};

/// The text as an SQL literal: 'it''s'.
std::string sql_quoted(const std::string& text);

/// Texts as an SQL list: ('a', 'b').
std::string sql_list(const std::vector<std::string>& texts);

}  // namespace nmsw::reporting
