"""The words that a district is made of: people's names, subjects and what teachers call their assignments."""

from __future__ import annotations

from typing import NamedTuple


def _words(text: str) -> tuple[str, ...]:
    """The words of a text; `_` stands for a blank within one."""
    return tuple(word.replace("_", " ") for word in text.split())


GIVEN = _words(
    """
    Aaliyah Abdi Adaeze Adrián Aiko Aisha Alejandra Amara Amir Ana Anaïs Andrzej Anh Anjali Aoife Arjun Asha Astrid
    Ayasha Beatriz Benedikt Bilal Björn Caleb Camila Carlos Chantal Chen Chidi Chloé Cristóbal Dalia Daniel Deepika
    Destiny Diego Dmitri Eleanor Elif Emeka Emma Esperanza Ethan Farah Fatima Felipe Freya Gabriela Giovanni Grace
    Hana Harper Hassan Héctor Hiro Hye-jin Ibrahim Imani Ingrid Isabella Jamal Jasmine Javier Jin Joaquín José
    Josephine Kai Kalani Katarzyna Keiko Khalid Kofi Kwame Lakshmi Layla Leilani Liam Linh Logan Lucía Luka Mai
    Malik Marcus María Mateo Maya Mei Mia Miguel Minh Mohammed Naomi Nasreen Ngozi Nia Nikolai Noah Noor Nuria
    Olivia Omar Oluwaseun Paloma Pedro Phoebe Priya Quentin Quinn Rafael Ravi Renée Rosa Ryan Sakura Samira Santiago
    Saoirse Sasha Seo-yeon Shanice Siddharth Sofía Sunita Takoda Tamika Tariq Thiago Thảo Tomás Tyrone Uma Valentina
    Vikram Wei William Winona Xavier Ximena Yara Yasmin Yuki Yusuf Zainab Zara Zoë Zuri Łukasz
    """
)

FAMILY = _words(
    """
    Abdullah Adeyemi Ahmed Álvarez Anderson Andersson Asante Baker Begay Bianchi Brown Campbell Castillo Chavez Chen
    Choi Cohen Cruz Dang Davis De_La_Cruz Desai Diaz Dubois Edwards El-Sayed Espinoza Evans Fernández Flores Foster
    García Garza Gonzales Green Gupta Gutiérrez Hall Hansen Haddad Harris Hassan Hernández Hill Hoang Hussein Ibarra
    Ivanova Jackson Jean-Baptiste Jensen Jiménez Johnson Jones Kapoor Kaur Kelly Khan Kim King Kowalski Kumar Lang
    Le Lee Lewis Li Lin Long López Mahmoud Martin Martínez Mbeki McCarthy Mehta Mendoza Miller Mitchell Moore
    Morales Moreno Müller Murphy Nakamura Ndiaye Nelson Nguyễn Novak O'Brien O'Connor Okafor Okoye Oliveira Olsen
    Ortiz Osei Owens Park Patel Pereira Pérez Petrov Pham Phillips Popescu Quispe Rahman Ramírez Ramos Reyes Rivera
    Roberts Robinson Rodríguez Romero Rossi Roy Ruiz Saito Salazar Sánchez Santos Sato Schmidt Scott Shah Sharma
    Silva Singh Smith Soto Stewart Sullivan Suzuki Tanaka Taylor Thomas Torres Tran Turner Vargas Vasquez Villanueva
    Walker Wang Washington Watanabe White Williams Wilson Wong Wright Yamamoto Yang Yazzie Yılmaz Young Zhang Zhou
    Ziegler
    """
)

SCHOOLS = _words("Riverbend_High_School Cedar_Hill_High_School Lakeview_High_School Harbor_Point_High_School")
DISTRICT = "Riverbend Unified School District"


class Subject(NamedTuple):
    """A subject: its code, its title for each of four grade levels, and the topics that assignments are named after."""

    code: str
    titles: tuple[str, ...]
    topics: tuple[str, ...]


SUBJECTS = (
    Subject(
        "MATH",
        _words("Algebra_I Geometry Algebra_II Precalculus"),
        _words(
            """
            Linear_Equations Slope Functions Inequalities Factoring Proofs Triangles Circles Matrices
            Word_Problems
            """
        ),
    ),
    Subject(
        "ELA",
        _words("English_9 English_10 English_11 English_12"),
        _words(
            """
            Narrative_Essay Poetry Short_Story Theme Book_Report Vocabulary Debate Argument Grammar Reading_Log
            """
        ),
    ),
    Subject(
        "SCI",
        _words("Earth_Science Biology Chemistry Physics"),
        _words(
            """
            Lab_Safety Plate_Tectonics Cells Photosynthesis Acids_&_Bases Motion Energy Waves Genetics Density
            """
        ),
    ),
    Subject(
        "SOC",
        _words("World_Geography World_History U.S._History Government"),
        _words(
            """
            Map_Skills Ancient_Rome Silk_Road Revolution Constitution Civil_War Elections Migration Trade
            Timeline
            """
        ),
    ),
    Subject(
        "LANG",
        _words("Spanish_I Spanish_II Spanish_III AP_Spanish"),
        _words(
            """
            Greetings La_Familia El_Pretérito Verbs Culture Listening Dialogue La_Comida Travel Reading
            """
        ),
    ),
    Subject(
        "ART",
        _words("Art_Foundations Drawing Ceramics Studio_Art"),
        _words(
            """
            Still_Life Perspective Color_Wheel Portrait Sketchbook Critique Glazing Collage Shading Exhibition
            """
        ),
    ),
    Subject(
        "PE",
        _words("Health_&_PE_9 Health_&_PE_10 Strength_Training Lifetime_Sports"),
        _words(
            """
            Fitness_Log Nutrition Endurance Teamwork Warm-up Safety First_Aid Goals Sleep Technique
            """
        ),
    ),
)

GROUPS = ("Homework", "Quizzes", "Tests", "Projects", "Classwork")
"""The assignment groups of every course; the SIS has a category of each name."""

LABS = "Labs"
"""The group that science courses have besides; in the SIS a category of the class alone."""

KINDS = {"Homework": "HW", "Quizzes": "Quiz", "Tests": "Test", "Projects": "Project", "Classwork": "Task", LABS: "Lab"}
"""How an assignment of a group is called; with a number and a topic it stays within thirty characters."""

POINTS = {"Homework": 10.0, "Quizzes": 20.0, "Tests": 100.0, "Projects": 50.0, "Classwork": 5.0, LABS: 25.0}
