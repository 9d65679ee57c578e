#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace nmsw {

/// What one step of a child's work may take.
///
/// memory_bytes   address space beyond what the process has mapped when the child begins
/// cpu_seconds    processor time, all threads of the child together
struct StepLimits {
  int64_t memory_bytes = 0;
  int64_t cpu_seconds = 0;
};

/// The child's side: how its work speaks to the parent.
class ChildWork {
 public:
  virtual ~ChildWork() = default;
  /// Begins a step. `subject` is what an error names if the child does not survive it: a file.
  virtual void begin(const std::string& subject, const StepLimits& limits) = 0;
  /// Hands a message to the parent, which gets them in this order; waits while the parent is behind.
  virtual void send(std::string_view message) = 0;
};

/// Does work on files that nobody vouches for, by libraries that may crash on them, in a child
/// process; returns when it is done. What the child computes reaches the parent only through
/// `receive`.
///
/// work     runs in the child. It may call any library whose locks no other thread can hold at this
///          moment, starts no OpenMP region, and writes nothing but messages: its standard streams
///          are /dev/null, all other files are closed.
/// receive  runs in the calling thread, for each message; what it throws ends the child
/// throws   DataError: the text of an Error that `work` threw; or one that names the step's subject,
///          where the child crashed, needed more than its limits or made no progress for minutes
///
/// Safe to call from several threads at once. The memory limit is left out under sanitizers, which
/// reserve terabytes.
void in_limited_child(const std::function<void(ChildWork&)>& work,
                      const std::function<void(std::string_view message)>& receive);

}  // namespace nmsw
