#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace nmsw::results {

/// NULL, whole number, real number or text.
using QueryValue = std::variant<std::monostate, int64_t, double, std::string>;

/// What a SELECT returned: every row has one value a column.
struct QueryTable {
  std::vector<std::string> columns;
  std::vector<std::vector<QueryValue>> rows;
};

enum class QueryFormat { table, csv, json, markdown };

/// From `table`, `csv`, `json` or `md` (`markdown`). Throws ConfigError naming the choices.
QueryFormat parse_query_format(const std::string& name);

/// Text of one value: shortest form that reads back equal; "" for NULL.
std::string format_value(const QueryValue& value);

/// The whole table, ending in a newline. csv: RFC 4180, NULL is an empty field. json: an array of
/// objects, NULL is null. markdown and table: columns aligned, numbers to the right and with at
/// most six digits, NULL is "-".
std::string format_query(const QueryTable& table, QueryFormat format);

}  // namespace nmsw::results
