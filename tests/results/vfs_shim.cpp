#include "tests/results/vfs_shim.h"

#include <cstring>
#include <new>
#include <stdexcept>
#include <vector>

#include <sqlite3.h>

namespace nmsw::results::testing {
namespace {

FileRule the_rule;
sqlite3_vfs* the_system = nullptr;

FileFault ask(FileAction action, const std::string& file) {
  return the_rule ? the_rule(action, file) : FileFault{};
}

/// SQLite gives room for one of these; the system's file is kept apart.
struct ShimFile {
  sqlite3_file base;
  sqlite3_file* system;
  std::string* name;
};

ShimFile& shim(sqlite3_file* file) { return *reinterpret_cast<ShimFile*>(file); }
sqlite3_file* system_of(sqlite3_file* file) { return shim(file).system; }

int close_file(sqlite3_file* file) {
  ShimFile& own = shim(file);
  const int code = own.system->pMethods ? own.system->pMethods->xClose(own.system) : SQLITE_OK;
  delete[] reinterpret_cast<char*>(own.system);
  delete own.name;
  return code;
}

int read_file_part(sqlite3_file* file, void* to, int bytes, sqlite3_int64 at) {
  if (const FileFault fault = ask(FileAction::read, *shim(file).name); fault.code != SQLITE_OK)
    return fault.code;
  return system_of(file)->pMethods->xRead(system_of(file), to, bytes, at);
}

int write_file_part(sqlite3_file* file, const void* from, int bytes, sqlite3_int64 at) {
  const FileFault fault = ask(FileAction::write, *shim(file).name);
  sqlite3_file* own = system_of(file);
  if (fault.code == SQLITE_OK) return own->pMethods->xWrite(own, from, bytes, at);
  if (fault.half) own->pMethods->xWrite(own, from, bytes / 2, at);
  return fault.code;
}

int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
  if (const FileFault fault = ask(FileAction::truncate, *shim(file).name); fault.code != SQLITE_OK)
    return fault.code;
  return system_of(file)->pMethods->xTruncate(system_of(file), size);
}

/// Nothing is synced: no test takes the power away, and the tests are fast.
int sync_file(sqlite3_file* file, int) { return ask(FileAction::sync, *shim(file).name).code; }

int size_of_file(sqlite3_file* file, sqlite3_int64* size) {
  return system_of(file)->pMethods->xFileSize(system_of(file), size);
}

int lock_file(sqlite3_file* file, int level) {
  if (const FileFault fault = ask(FileAction::lock, *shim(file).name); fault.code != SQLITE_OK)
    return fault.code;
  return system_of(file)->pMethods->xLock(system_of(file), level);
}

int unlock_file(sqlite3_file* file, int level) {
  return system_of(file)->pMethods->xUnlock(system_of(file), level);
}

int check_reserved_lock(sqlite3_file* file, int* held) {
  return system_of(file)->pMethods->xCheckReservedLock(system_of(file), held);
}

int control_file(sqlite3_file* file, int operation, void* argument) {
  return system_of(file)->pMethods->xFileControl(system_of(file), operation, argument);
}

int sector_size(sqlite3_file* file) {
  return system_of(file)->pMethods->xSectorSize(system_of(file));
}

int device_characteristics(sqlite3_file* file) {
  return system_of(file)->pMethods->xDeviceCharacteristics(system_of(file));
}

int map_shared(sqlite3_file* file, int page, int size, int extend, void volatile** memory) {
  const FileFault fault = ask(FileAction::map_shared, *shim(file).name);
  if (fault.code != SQLITE_OK) {
    *memory = nullptr;
    return fault.code;
  }
  return system_of(file)->pMethods->xShmMap(system_of(file), page, size, extend, memory);
}

int lock_shared(sqlite3_file* file, int offset, int count, int flags) {
  if ((flags & SQLITE_SHM_LOCK) != 0) {
    const FileFault fault = ask(FileAction::lock_shared, *shim(file).name);
    if (fault.code != SQLITE_OK) return fault.code;
  }
  return system_of(file)->pMethods->xShmLock(system_of(file), offset, count, flags);
}

void shared_barrier(sqlite3_file* file) { system_of(file)->pMethods->xShmBarrier(system_of(file)); }

int unmap_shared(sqlite3_file* file, int remove) {
  return system_of(file)->pMethods->xShmUnmap(system_of(file), remove);
}

const sqlite3_io_methods kMethods{2,
                                  close_file,
                                  read_file_part,
                                  write_file_part,
                                  truncate_file,
                                  sync_file,
                                  size_of_file,
                                  lock_file,
                                  unlock_file,
                                  check_reserved_lock,
                                  control_file,
                                  sector_size,
                                  device_characteristics,
                                  map_shared,
                                  lock_shared,
                                  shared_barrier,
                                  unmap_shared,
                                  nullptr,
                                  nullptr};

FileAction action_of(int flags) {
  if ((flags & SQLITE_OPEN_CREATE) != 0) return FileAction::create;
  return (flags & SQLITE_OPEN_READONLY) != 0 ? FileAction::open_to_read : FileAction::open;
}

int open_file(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  file->pMethods = nullptr;
  const std::string path = name == nullptr ? "" : name;
  const FileFault fault = ask(action_of(flags), path);
  if (fault.code != SQLITE_OK) return fault.code;
  if (fault.only_read)
    flags = (flags & ~(SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE)) | SQLITE_OPEN_READONLY;
  auto* system = reinterpret_cast<sqlite3_file*>(new char[the_system->szOsFile]());
  const int code = the_system->xOpen(the_system, name, system, flags, out_flags);
  if (code != SQLITE_OK) {
    if (system->pMethods != nullptr) system->pMethods->xClose(system);
    delete[] reinterpret_cast<char*>(system);
    return code;
  }
  ShimFile& own = shim(file);
  own.base.pMethods = &kMethods;
  own.system = system;
  own.name = new std::string(path);
  return SQLITE_OK;
}

int remove_file(sqlite3_vfs*, const char* name, int) {
  if (const FileFault fault = ask(FileAction::remove, name); fault.code != SQLITE_OK)
    return fault.code;
  return the_system->xDelete(the_system, name, 0);
}

sqlite3_vfs shim_vfs() {
  sqlite3_vfs made = *the_system;  // what has nothing to do with files stays the system's
  made.iVersion = 2;
  made.szOsFile = sizeof(ShimFile);
  made.pNext = nullptr;
  made.zName = "nmsw-test-shim";
  made.xOpen = open_file;
  made.xDelete = remove_file;
  return made;
}

sqlite3_vfs& the_shim() {
  static sqlite3_vfs vfs = shim_vfs();
  return vfs;
}

}  // namespace

VfsShim::VfsShim(FileRule rule) {
  if (the_rule) throw std::logic_error("one VfsShim at a time");
  if (the_system == nullptr) {
    sqlite3_initialize();
    the_system = sqlite3_vfs_find(nullptr);
  }
  the_rule = std::move(rule);
  sqlite3_vfs_register(&the_shim(), 1);
}

VfsShim::~VfsShim() {
  sqlite3_vfs_unregister(&the_shim());
  sqlite3_vfs_register(the_system, 1);
  the_rule = nullptr;
}

}  // namespace nmsw::results::testing
