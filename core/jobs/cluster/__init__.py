"""Trainings on other machines. Ray schedules them, starts them again where a machine is lost, and carries the bytes.

    launcher.py   `RayLauncher`: whose turn it is, as on one machine; hands a training to Ray when it is
    desk.py       `Desk`: beside the workspaces, gives out what a training needs and keeps what comes back
    node.py       what a machine of the cluster does: the same job as anywhere, in a copy of its folder

Ray is loaded by whoever makes a `RayLauncher`, and nowhere else.
"""
