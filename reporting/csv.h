#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace nmsw::reporting {

/// One line of a CSV file by column name.
using CsvRecord = std::map<std::string, std::string>;

/// Reads RFC 4180 text: the first line names the columns; quoted fields may hold commas, quotes and
/// line breaks. Throws DataError naming `name` and the line whose fields do not fit the header.
std::vector<CsvRecord> parse_csv(std::string_view text, const std::string& name);

}  // namespace nmsw::reporting
