#include "reporting/rows.h"

#include <algorithm>

#include "nmsw/base/error.h"

namespace nmsw::reporting {

Rows::Rows(const results::ResultStore& store, const std::string& sql) : table_(store.query(sql)) {}

const results::QueryValue& Rows::value(size_t row, const std::string& column) const {
  const auto found = std::find(table_.columns.begin(), table_.columns.end(), column);
  if (found == table_.columns.end()) {
    throw DataError(
        "result database: column '{}' is missing from a view; expected the views of this program's "
        "version; open the database with the program that made it",
        column);
  }
  return table_.rows.at(row).at(static_cast<size_t>(found - table_.columns.begin()));
}

std::string Rows::text(size_t row, const std::string& column) const {
  return results::format_value(value(row, column));
}

std::vector<uint8_t> Rows::bytes(size_t row, const std::string& column) const {
  const std::string hex = text(row, column);  // as a query shows blobs
  std::vector<uint8_t> bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes.push_back(static_cast<uint8_t>(std::stoul(hex.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

std::optional<double> Rows::number(size_t row, const std::string& column) const {
  const results::QueryValue& found = value(row, column);
  if (const auto* real = std::get_if<double>(&found)) return *real;
  if (const auto* whole = std::get_if<int64_t>(&found)) return static_cast<double>(*whole);
  return std::nullopt;
}

int64_t Rows::count(size_t row, const std::string& column) const {
  return static_cast<int64_t>(number(row, column).value_or(0));
}

std::string sql_quoted(const std::string& text) {
  std::string quoted = "'";
  for (const char letter : text) {
    if (letter == '\'') quoted += '\'';
    quoted += letter;
  }
  return quoted + "'";
}

std::string sql_list(const std::vector<std::string>& texts) {
  std::string list;
  for (const std::string& text : texts) list += (list.empty() ? "" : ", ") + sql_quoted(text);
  return "(" + list + ")";
}

}  // namespace nmsw::reporting
