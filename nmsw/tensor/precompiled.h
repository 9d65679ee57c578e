#pragma once

// LibTorch's headers cost ten seconds a source file; the targets that need them share this one
// precompiled header.
#include <torch/torch.h>
