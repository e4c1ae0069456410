"""What tests/run is made of.

    core         jobs and outcomes: choosing, running, reporting
    transcript   what a guest's console says about its tests
    scan         which tests the sources declare
    boot         builds kernels and boots them, under Xen or on bare QEMU
    guests       the jobs that boot guests
    commands     the jobs that do what a user does: make run, make gdb
    study        the measurements, quickly
    suites       all others: host, tools, checks, rig
    process      commands on the host, ended with us
"""
