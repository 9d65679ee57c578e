#include "results/upgrade.h"

#include <algorithm>
#include <filesystem>
#include <sstream>
#include <stdexcept>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "results/schema.h"
#include "results/stored_paths.h"

namespace nmsw::results {
namespace {

constexpr std::string_view kCreate = "CREATE ";
const char* const kTemporaryInMemory = "PRAGMA temp_store = MEMORY";

/// "CREATE <kind> <name> <rest>"; a comment that follows belongs to the rest.
struct Definition {
  std::string kind;
  std::string name;
  std::string rest;
};

/// In schema.sql every definition, and nothing else, begins a line with CREATE.
std::vector<Definition> definitions() {
  std::vector<Definition> found;
  for (const auto& [file, text] : embedded_schema()) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      if (line.rfind(kCreate, 0) == 0) {
        std::istringstream words(line.substr(kCreate.size()));
        Definition definition;
        words >> definition.kind >> definition.name;
        std::getline(words, definition.rest);
        found.push_back(definition);
      } else if (!found.empty()) {
        found.back().rest += "\n" + line;
      }
    }
  }
  return found;
}

std::string create_statement(const Definition& definition) {
  return fmt::format("CREATE {} {}{}", definition.kind, definition.name, definition.rest);
}

/// A statement up to its end, its words one space apart: as it stands in schema.sql and as SQLite
/// keeps it.
std::string plain(const std::string& statement) {
  std::istringstream words(statement.substr(0, statement.find(";\n")));
  std::string text;
  for (std::string word; words >> word;) text += (text.empty() ? "" : " ") + word;
  while (!text.empty() && text.back() == ';') text.pop_back();
  return text;
}

/// What a file says of a table, view or index; empty where it is not there.
std::string stored_statement(Database& database, const std::string& name) {
  Statement found(database, "SELECT sql FROM main.sqlite_schema WHERE name = ?");
  return found.bind(name).next() ? found.text(0) : "";
}

bool is_there(Database& database, const Definition& definition) {
  return !stored_statement(database, definition.name).empty();
}

std::vector<std::string> column_names(Database& database, const std::string& table) {
  Statement rows(database, "SELECT name FROM pragma_table_info(?) ORDER BY cid");
  rows.bind(table);
  std::vector<std::string> names;
  while (rows.next()) names.push_back('"' + rows.text(0) + '"');
  return names;
}

/// Makes the table as the definition has it, with the rows of the one that is there.
void rebuild(Database& database, const Definition& definition) {
  const std::string& name = definition.name;
  const std::string old = "older_" + name;
  database.execute(fmt::format("ALTER TABLE {} RENAME TO {}", name, old));
  database.execute(create_statement(definition));
  const std::vector<std::string> columns = column_names(database, old);
  const std::vector<std::string> known = column_names(database, name);
  for (const std::string& column : columns) {
    if (std::find(known.begin(), known.end(), column) == known.end())
      throw std::logic_error("upgrade: nothing takes what is in " + name + '.' + column);
  }
  database.execute(fmt::format("INSERT INTO {0} ({1}) SELECT {1} FROM {2}; DROP TABLE {2}", name,
                               fmt::join(columns, ", "), old));
}

int64_t broken_references(Database& database) {
  return database.number("SELECT count(*) FROM pragma_foreign_key_check");
}

/// Sums the scores of the runs that count: the trigger of a finished task does it for all that are
/// not summed yet.
void sum_runs(Database& database) {
  database.execute("UPDATE task SET done_run = done_run WHERE done_run IS NOT NULL");
}

/// Files that are found as an older version named them get the path that this version keeps, so
/// that they are found from other folders too.
void settle_paths(Database& database) {
  std::vector<std::pair<std::string, std::string>> changes;
  Statement rows(database, "SELECT DISTINCT path FROM artifact");
  while (rows.next()) {
    const std::filesystem::path file = full_path(rows.text(0), database.file());
    std::error_code ignored;
    if (std::filesystem::exists(file, ignored))
      changes.emplace_back(rows.text(0), stored_path(file, database.file()));
  }
  Statement change(database, "UPDATE OR IGNORE artifact SET path = ?2 WHERE path = ?1");
  for (const auto& [before, after] : changes) {
    if (before != after) change.bind(before).bind(after).run();
  }
}

/// A column that a later version has added, and its default as SQL.
struct AddedColumn {
  std::string name, value;
};

std::vector<AddedColumn> added_columns(Database& database, const Definition& definition) {
  database.execute("CREATE TEMP TABLE wanted_columns" + definition.rest);
  std::vector<AddedColumn> added;
  {
    Statement rows(database,
                   "SELECT name, coalesce(dflt_value, 'NULL') FROM pragma_table_info("
                   "'wanted_columns', 'temp') WHERE name NOT IN (SELECT name FROM "
                   "pragma_table_info(?, 'main'))");
    rows.bind(definition.name);
    while (rows.next()) added.push_back({rows.text(0), rows.text(1)});
  }
  database.execute("DROP TABLE temp.wanted_columns");
  return added;
}

/// A table of an older version as this one has it: its rows, and the defaults of what was added.
void show_added_columns(Database& database, const Definition& definition) {
  std::string columns;
  for (const AddedColumn& column : added_columns(database, definition))
    columns += fmt::format(", {} AS \"{}\"", column.value, column.name);
  if (columns.empty()) return;
  database.execute(
      fmt::format("CREATE TEMP VIEW {0} AS SELECT *{1} FROM main.{0}", definition.name, columns));
}

}  // namespace

void upgrade(Database& database) {
  const std::vector<Definition> wanted = definitions();
  const int64_t broken_before = broken_references(database);
  // Views and references stay out of it while tables change their names.
  database.execute("PRAGMA legacy_alter_table = ON");
  for (const Definition& d : wanted) {
    if (d.kind == "VIEW" || d.kind == "TRIGGER")
      database.execute(fmt::format("DROP {} IF EXISTS {}", d.kind, d.name));
  }
  for (const Definition& d : wanted) {
    const std::string stored = stored_statement(database, d.name);
    const std::string statement = create_statement(d);
    if (stored.empty()) {
      database.execute(statement);
    } else if (d.kind == "TABLE" && plain(stored) != plain(statement)) {
      rebuild(database, d);
    }
  }
  database.execute("PRAGMA legacy_alter_table = OFF");
  sum_runs(database);
  settle_paths(database);
  if (broken_references(database) > broken_before)
    throw std::logic_error("upgrade: a row lost what it belongs to");
}

void upgrade_for_reading(Database& database) {
  database.execute(kTemporaryInMemory);
  for (const Definition& d : definitions()) {
    if (d.kind != "TABLE") continue;
    if (is_there(database, d)) {
      show_added_columns(database, d);
    } else {
      database.execute(fmt::format("CREATE TEMP {} {}{}", d.kind, d.name, d.rest));
    }
  }
  make_temporary_views(database);
}

void make_temporary_views(Database& database) {
  database.execute(kTemporaryInMemory);
  for (const Definition& d : definitions()) {
    if (d.kind != "VIEW") continue;
    database.execute(fmt::format("DROP VIEW IF EXISTS temp.{}", d.name));
    database.execute(fmt::format("CREATE TEMP {} {}{}", d.kind, d.name, d.rest));
  }
}

}  // namespace nmsw::results
