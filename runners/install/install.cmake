# What is installed where, and the Debian package. Data set descriptors are in the program.
include(GNUInstallDirs)
# LibTorch may lie outside the system's folders.
set_target_properties(nmsw-tensor PROPERTIES INSTALL_RPATH_USE_LINK_PATH ON)
install(TARGETS nmsw nmsw-tensor RUNTIME)
install(FILES ${CMAKE_CURRENT_LIST_DIR}/nmsw.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME nmsw)
install(CODE "execute_process(COMMAND ${CMAKE_CURRENT_LIST_DIR}/man_page $<TARGET_FILE:nmsw>
  OUTPUT_FILE ${CMAKE_BINARY_DIR}/nmsw.1 COMMAND_ERROR_IS_FATAL ANY)")
install(FILES ${CMAKE_BINARY_DIR}/nmsw.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(DIRECTORY experiments/ DESTINATION ${CMAKE_INSTALL_DATADIR}/nmsw/experiments FILES_MATCHING PATTERN *.yaml)
install(FILES README.md nmsw/METHOD.md DESTINATION ${CMAKE_INSTALL_DOCDIR})

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME nmsw)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "3-D medical image segmentation without a sliding window")
set(CPACK_PACKAGE_CONTACT "The NMSW project <nmsw@localhost>")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# The default BLAS of LibTorch's package is several times slower.
set(CPACK_DEBIAN_PACKAGE_DEPENDS libopenblas0-openmp)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS gnuplot-nox)
include(CPack)
