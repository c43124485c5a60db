"""Where the files of jobs lie: storage that all hosts share, room on disks, spools."""
