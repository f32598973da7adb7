// SPDX-License-Identifier: MIT
// Catch2's main, compiled once; and where the test kit finds modules, unless the environment says otherwise.
#include <cstdlib>

#if __has_include(<catch2/catch_session.hpp>)
#include <catch2/catch_session.hpp>
#else
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>
#endif

int main(int argc, char* argv[]) {
#ifdef EPODE_TEST_MODULES
    ::setenv("EPODE_TEST_MODULES", EPODE_TEST_MODULES, 0);
#endif
#ifdef EPODE_TEST_EXTRA_MODULES
    ::setenv("EPODE_TEST_EXTRA_MODULES", EPODE_TEST_EXTRA_MODULES, 0);
#endif
    return Catch::Session().run(argc, argv);
}
