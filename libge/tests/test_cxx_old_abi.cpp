// SPDX-License-Identifier: MIT
/* The same program with the C++ ABI that the samples for CANN are compiled with. */
#define _GLIBCXX_USE_CXX11_ABI 0
#include "test_cxx_flow.cpp"
