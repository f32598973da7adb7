# SPDX-License-Identifier: MIT
# How a module and its test are built. The server's own CMakeLists.txt and the package that find_package(Epode) finds use
# the same functions, so that a module is built in one way everywhere.

# epode_module(NAME [SOURCES FILE...])
# NAME.so from NAME.cpp and the further files, in modules/NAME/ where that exists and else in the current folder.
function(epode_module name)
    cmake_parse_arguments(module "" "" "SOURCES" ${ARGN})
    set(folder "")
    if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/modules/${name}/${name}.cpp)
        set(folder modules/${name}/)
    endif()
    set(files ${name}.cpp ${module_SOURCES})
    list(REMOVE_DUPLICATES files)
    list(TRANSFORM files PREPEND "${folder}")
    epode_module_library(${name} ${PROJECT_BINARY_DIR}/modules ${files})
    set(destination ${CMAKE_INSTALL_LIBDIR}/epode/modules)
    if(EPODE_MODULE_DESTINATION)
        set(destination ${EPODE_MODULE_DESTINATION})
    endif()
    install(TARGETS module_${name} LIBRARY DESTINATION ${destination})
    set_property(GLOBAL APPEND PROPERTY EPODE_MODULES module_${name})
endfunction()

# epode_module_library(NAME FOLDER FILE...)
# The library alone, as FOLDER/NAME.so. Hidden symbols and no unique ones, or dlclose would leave the old code mapped.
function(epode_module_library name folder)
    add_library(module_${name} MODULE ${ARGN})
    set_target_properties(module_${name} PROPERTIES OUTPUT_NAME ${name} PREFIX "" SUFFIX .so
        LIBRARY_OUTPUT_DIRECTORY ${folder} INSTALL_RPATH "$ORIGIN/../.."
        CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
    target_compile_options(module_${name} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-fno-gnu-unique>)
    target_compile_definitions(module_${name} PRIVATE EPODE_MODULE_NAME="${name}" EPODE_ABI="${EPODE_ABI}")
    target_link_libraries(module_${name} PRIVATE Epode::core Epode::xep)
    target_link_options(module_${name} PRIVATE -Wl,--exclude-libs,ALL)
endfunction()

# epode_module_test(NAME [SOURCES FILE...])
# The test of a module that is built outside of the server's tree: NAME_test.cpp and the further files, with one shard and
# with three, against the server's own modules and those of this project.
function(epode_module_test name)
    cmake_parse_arguments(test "" "" "SOURCES" ${ARGN})
    find_package(Catch2 REQUIRED)
    set(files ${name}_test.cpp ${test_SOURCES})
    list(REMOVE_DUPLICATES files)
    add_executable(test_${name} ${files} ${EPODE_TEST_MAIN})
    target_link_libraries(test_${name} PRIVATE Epode::testkit Epode::xep Catch2::Catch2)
    target_compile_definitions(test_${name} PRIVATE EPODE_TEST_MODULES="${EPODE_MODULES_DIR}"
        EPODE_TEST_EXTRA_MODULES="${PROJECT_BINARY_DIR}/modules")
    add_dependencies(test_${name} module_${name})
    foreach(shards 1 3)
        add_test(NAME ${name}-on-${shards} COMMAND test_${name})
        set_tests_properties(${name}-on-${shards} PROPERTIES LABELS module ENVIRONMENT "EPODE_TEST_SHARDS=${shards}")
    endforeach()
endfunction()
