// SPDX-License-Identifier: MIT
// The packaged Catch2 is 2.13 on Debian 12 and 3 on Debian 13; this header knows both.
#pragma once

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#else
#include <catch2/catch.hpp>
#endif
