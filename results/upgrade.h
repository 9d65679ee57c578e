#pragma once

#include "results/sqlite.h"

namespace nmsw::results {

/// Brings the tables and views of an older file up to date: a table that is missing is made, one
/// that another version defined otherwise is made anew with its rows, and so is every view. Paths
/// of files that are found become relative to the database's folder. Inside a transaction of the
/// caller, with foreign keys off. A column that is no longer there needs a step of its own.
///
/// throws   DataError if a row does not fit; the transaction must be rolled back then
void upgrade(Database& database);

/// The same for a file that must stay as it is: what it lacks exists for this connection alone,
/// empty.
void upgrade_for_reading(Database& database);

/// All views for this connection alone: they come before the file's own, and tables and views that
/// the connection makes are what they read.
void make_temporary_views(Database& database);

}  // namespace nmsw::results
