"""What the invented people are called and where they live; plain words, nothing that COPY reads otherwise."""

# A name on each line would hide the list.
# fmt: off
GIVEN_NAMES = (
    "Aarav", "Aditi", "Aditya", "Ahmed", "Aisha", "Ajay", "Akash", "Amit", "Amrita", "Anand", "Ananya",
    "Anil", "Anita", "Anjali", "Ankit", "Anushka", "Aparna", "Arjun", "Arun", "Asha", "Ashok", "Ayesha",
    "Bhavna", "Chitra", "Deepak", "Deepika", "Devika", "Dhruv", "Divya", "Esther", "Farah", "Farhan",
    "Fatima", "Gaurav", "Gauri", "Geeta", "George", "Girish", "Gurpreet", "Harish", "Harpreet", "Hema",
    "Imran", "Indira", "Irfan", "Ishaan", "Jaspreet", "Jaya", "Jyoti", "Kabir", "Kamala", "Karan",
    "Karthik", "Kavita", "Kiran", "Lakshmi", "Lalita", "Leela", "Madhav", "Mahesh", "Manish", "Manjula",
    "Mary", "Meena", "Meera", "Mohan", "Mohammed", "Mukesh", "Nandini", "Naveen", "Neha", "Nikhil", "Nisha",
    "Nitin", "Padma", "Pallavi", "Pankaj", "Parveen", "Pooja", "Prakash", "Pranav", "Priya", "Rahul",
    "Rajesh", "Rakesh", "Ramesh", "Rashmi", "Ravi", "Rekha", "Ritu", "Rohan", "Rohit", "Rukmini", "Sachin",
    "Sahil", "Salma", "Sameer", "Sandhya", "Sangeeta", "Sanjay", "Sarita", "Savita", "Shabana", "Shalini",
    "Shankar", "Shilpa", "Shreya", "Shyam", "Simran", "Sneha", "Sonal", "Sridhar", "Stephen", "Sudha",
    "Suman", "Sunil", "Sunita", "Suresh", "Swati", "Tara", "Tanvi", "Thomas", "Uma", "Usha", "Vandana",
    "Varun", "Vidya", "Vijay", "Vikram", "Vimala", "Vinay", "Vineet", "Yamini", "Yash", "Yusuf", "Zainab",
    "Zoya",
)

SURNAMES = (
    "Agarwal", "Ahuja", "Ansari", "Arora", "Babu", "Bajaj", "Banerjee", "Basu", "Bhat", "Bhatt",
    "Bhattacharya", "Bose", "Chacko", "Chandra", "Chatterjee", "Chaudhary", "Chauhan", "Chopra", "Das",
    "Desai", "Deshmukh", "Deshpande", "Dhillon", "Dsouza", "Dubey", "Dutta", "Fernandes", "Gandhi", "Garg",
    "George", "Ghosh", "Gill", "Gokhale", "Gowda", "Gupta", "Hegde", "Hussain", "Iyengar", "Iyer", "Jadhav",
    "Jain", "Joseph", "Joshi", "Kamat", "Kapoor", "Kaur", "Khan", "Khanna", "Kohli", "Krishnan", "Kulkarni",
    "Kumar", "Kurian", "Mahajan", "Malhotra", "Mathew", "Mehta", "Menon", "Mishra", "Mistry", "Mohanty",
    "Mukherjee", "Murthy", "Naidu", "Nair", "Nambiar", "Narayanan", "Nayak", "Pandey", "Parekh", "Patel",
    "Patil", "Pawar", "Pillai", "Prasad", "Qureshi", "Raghavan", "Rajan", "Raman", "Rao", "Rathore",
    "Reddy", "Roy", "Sahoo", "Saxena", "Sen", "Sengupta", "Sethi", "Shah", "Shaikh", "Sharma", "Shetty",
    "Shinde", "Shukla", "Siddiqui", "Singh", "Sinha", "Solanki", "Srinivasan", "Subramanian", "Sundaram",
    "Syed", "Tandon", "Thakur", "Thomas", "Tiwari", "Tripathi", "Varghese", "Varma", "Verma", "Vyas",
    "Yadav",
)

HOUSES = (
    "Sai Krupa", "Shanti Niketan", "Green Park", "Lake View", "Ganga Apartments", "Rose Villa",
    "Lotus Court", "Sunrise Towers",
)

STREETS = (
    "MG Road", "Station Road", "Temple Street", "Nehru Marg", "Gandhi Nagar", "Park Street", "Church Road",
    "Bazaar Lane", "Ring Road", "Link Road",
)
# fmt: on

# City, state, and the first three digits of its postal codes.
CITIES = (
    ("Mumbai", "Maharashtra", "400"),
    ("Pune", "Maharashtra", "411"),
    ("Nagpur", "Maharashtra", "440"),
    ("New Delhi", "Delhi", "110"),
    ("Bengaluru", "Karnataka", "560"),
    ("Mysuru", "Karnataka", "570"),
    ("Chennai", "Tamil Nadu", "600"),
    ("Coimbatore", "Tamil Nadu", "641"),
    ("Hyderabad", "Telangana", "500"),
    ("Visakhapatnam", "Andhra Pradesh", "530"),
    ("Kochi", "Kerala", "682"),
    ("Thiruvananthapuram", "Kerala", "695"),
    ("Kolkata", "West Bengal", "700"),
    ("Bhubaneswar", "Odisha", "751"),
    ("Guwahati", "Assam", "781"),
    ("Patna", "Bihar", "800"),
    ("Lucknow", "Uttar Pradesh", "226"),
    ("Jaipur", "Rajasthan", "302"),
    ("Ahmedabad", "Gujarat", "380"),
    ("Surat", "Gujarat", "395"),
    ("Bhopal", "Madhya Pradesh", "462"),
    ("Chandigarh", "Chandigarh", "160"),
    ("Panaji", "Goa", "403"),
)

# Depository participants: a code of the form that each depository gives, and an invented name.
CDSL_PARTICIPANTS = (
    ("12010900", "Sahyadri Securities Limited"),
    ("12033200", "Kaveri Stock Broking Limited"),
    ("12081600", "Udaya Broking Private Limited"),
)
NSDL_PARTICIPANTS = (
    ("IN300214", "Sahyadri Bank Limited"),
    ("IN301549", "Kaveri Bank Limited"),
    ("IN302679", "Udaya Bank Limited"),
)
