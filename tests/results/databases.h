#pragma once

#include <algorithm>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "nmsw/base/atomic_file.h"
#include "results/query_format.h"
#include "results/sqlite.h"
#include "tests/support/build_paths.h"

namespace nmsw::results::testing {

/// The databases of every version (tests/results/databases), as SQL, sorted by name.
inline std::vector<std::filesystem::path> stored_databases() {
  const auto folder = nmsw::testing::source_folder() / "tests" / "results" / "databases";
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().stem().string().rfind("version_", 0) == 0) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

/// Makes the database that a file of `stored_databases` describes.
inline void make_database(const std::filesystem::path& sql, const std::filesystem::path& file) {
  Database(file, Access::create).execute(read_file(sql));
}

/// A SELECT's rows as text, a line each.
inline std::vector<std::string> lines_of(Database& database, const std::string& select) {
  Statement rows(database, select);
  std::vector<std::string> lines;
  while (rows.next()) {
    std::string line;
    for (int column = 0; column < rows.column_count(); ++column)
      line += (rows.is_null(column) ? "NULL" : format_value(rows.value(column))) + '|';
    lines.push_back(line);
  }
  return lines;
}

inline std::vector<std::string> names_of(Database& database, const std::string& type) {
  Statement rows(database, "SELECT name FROM sqlite_schema WHERE type = ? ORDER BY name");
  rows.bind(type);
  std::vector<std::string> names;
  while (rows.next()) names.push_back(rows.text(0));
  return names;
}

/// The columns of every table.
inline std::map<std::string, std::string> columns_of_tables(Database& database) {
  std::map<std::string, std::string> columns;
  for (const std::string& table : names_of(database, "table")) {
    for (const std::string& line : lines_of(
             database, "SELECT '\"' || name || '\"' FROM pragma_table_info('" + table + "')")) {
      std::string& list = columns[table];
      list += (list.empty() ? "" : ", ") + line.substr(0, line.size() - 1);
    }
  }
  return columns;
}

/// The rows of tables, sorted. columns: of each table, as of `columns_of_tables`.
inline std::map<std::string, std::vector<std::string>> rows_of_tables(
    Database& database, const std::map<std::string, std::string>& columns) {
  std::map<std::string, std::vector<std::string>> rows;
  for (const auto& [table, list] : columns) {
    rows[table] = lines_of(database, "SELECT " + list + " FROM " + table);
    std::sort(rows[table].begin(), rows[table].end());
  }
  return rows;
}

}  // namespace nmsw::results::testing
